/** Packages that Flink reaches into by reflection; without them 2.3 refuses to submit a job on JDK 17 (flink.md 1). */
const openPackages = [
  ...[
    'java.lang',
    'java.lang.reflect',
    'java.io',
    'java.net',
    'java.nio',
    'java.text',
    'java.time',
  ],
  ...['java.util', 'java.util.concurrent', 'java.util.concurrent.atomic'],
  ...['java.util.concurrent.locks', 'sun.nio.ch'],
];

/** What every JVM of Flink is started with, wherever it runs. */
export const moduleOptions: readonly string[] = [
  ...openPackages.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  '--add-exports=java.base/sun.net.util=ALL-UNNAMED',
];
