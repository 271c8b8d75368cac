#!/usr/bin/env node
// The command `sluice`. Runs on any Node that npm may have put first on the path: the sources need Node 24, which is
// installed as the package `node` beside the other dependencies.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const major = Number(process.versions.node.split('.')[0]);
if (major >= 24) {
  await import('./sluice.ts');
} else {
  const folder = `../../node_modules/node-${process.platform}-${process.arch}/bin/node`;
  const node = fileURLToPath(new URL(folder, import.meta.url));
  if (existsSync(node)) runUnder(node);
  else fail(`sluice: Node 24 is needed, this is ${process.version}. Run: npm run setup`);
}

function runUnder(node) {
  const program = fileURLToPath(new URL('./sluice.ts', import.meta.url));
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A signal to this process alone is handed on; Ctrl-C reaches the child by itself too, which takes both as one.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
