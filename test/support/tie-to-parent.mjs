/**
 * Runs a command for as long as standard input stays open: `node tie-to-parent.mjs <command> [argument...]`.
 * Whoever starts this holds the other end of the pipe, and the kernel closes it even after a SIGKILL, so that the
 * command never outlives its starter. The command has a process group of its own, which is ended as a whole.
 */
import { spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.once('exit', (code) => process.exit(code ?? 1));

const endGroup = (signal) => {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // Gone already: its exit is on the way here.
    if (error.code !== 'ESRCH') throw error;
  }
};
const end = () => {
  endGroup('SIGTERM');
  setTimeout(() => endGroup('SIGKILL'), 3_000);
};
process.stdin.once('end', end).once('error', end).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
