import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findJava, inspectJdk } from './java.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sluice-java-'));
  mkdirSync(join(home, 'bin'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A stand-in that describes itself as `java -XshowSettings:properties -version` does. */
function installJava(version: string): string {
  const properties = [
    `java.home = ${home}`,
    'java.vendor = Nobody',
    `java.runtime.version = ${version}.0.1+6`,
    `java.specification.version = ${version}`,
    `java.version = ${version}.0.1`,
  ];
  return executable('java', `printf '    %s\\n' ${properties.map((p) => `'${p}'`).join(' ')} >&2`);
}

function executable(name: string, script: string): string {
  const path = join(home, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('JAVA_HOME wins over PATH', () => {
  const java = installJava('17');
  expect(findJava({ JAVA_HOME: home, PATH: '/nowhere' })).toBe(java);
  expect(findJava({ PATH: `/nowhere:${join(home, 'bin')}` })).toBe(java);
});

test('a host without Java is told what to install', () => {
  expect(() => findJava({ PATH: '/nowhere' })).toThrow(/no java is on the PATH.*JDK 17 or 21/);
  expect(() => findJava({ JAVA_HOME: '/nowhere', PATH: join(home, 'bin') })).toThrow(
    /JAVA_HOME is \/nowhere, which holds no bin\/java/,
  );
});

test.each(['17', '21'])('JDK %s is taken', (version) => {
  const java = installJava(version);
  const javac = executable('javac', 'true');
  const identity = `Nobody ${version}.0.1+6`;
  expect(inspectJdk(java)).toEqual({ java, javac, jar: join(home, 'bin', 'jar'), identity });
});

test.each(['11', '25'])('JDK %s is refused', (version) => {
  executable('javac', 'true');
  expect(() => inspectJdk(installJava(version))).toThrow(`is version ${version}.0.1`);
});

test('a runtime without a compiler is refused', () => {
  expect(() => inspectJdk(installJava('17'))).toThrow('is a runtime only');
});
