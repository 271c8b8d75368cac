import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { User } from '@kubernetes/client-node';
import { z } from 'zod';
import { Unreachable } from '../../core/errors/index.ts';

const texts = z.array(z.string()).nullish();
const program = z.object({
  apiVersion: z.string(),
  command: z.string().min(1),
  args: texts,
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().nullish(),
});
type Program = z.infer<typeof program>;

/** `ExecCredential` of client.authentication.k8s.io, as far as it is used. */
const credential = z.object({
  status: z.object({
    token: z.string().optional(),
    expirationTimestamp: z.iso.datetime({ offset: true }).nullish(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
  }),
});
export type Credential = z.infer<typeof credential>['status'];

/**
 * Runs the login program of `user`, once.
 * @throws {Unreachable} it gave nothing that can be used, or nothing within `timeoutMs`: then it is killed.
 */
export async function loggedIn(user: User, timeoutMs: number): Promise<Credential> {
  const asked = program.safeParse(user.authProvider?.config.program);
  if (!asked.success) throw failed(user, 'its exec has no command or no apiVersion');
  try {
    return credential.parse(JSON.parse(await outputOf(asked.data, timeoutMs))).status;
  } catch (error) {
    const hint = asked.data.installHint ? ` (${asked.data.installHint})` : '';
    const why = error instanceof z.ZodError ? 'it printed no ExecCredential' : String(error);
    throw failed(user, `${asked.data.command}: ${why}${hint}`, error);
  }
}

/** There is nobody whom it could ask: it is told so, and its input is empty. */
async function outputOf(asked: Program, timeoutMs: number): Promise<string> {
  const { command, apiVersion } = asked;
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const own = Object.fromEntries((asked.env ?? []).map((one) => [one.name, one.value]));
  const child = spawn(command, asked.args ?? [], {
    env: { ...process.env, KUBERNETES_EXEC_INFO: JSON.stringify(info), ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [printed, complaint] = [heard(child.stdout), heard(child.stderr)];
  const late = setTimeout(() => {
    child.kill('SIGKILL');
    // What it started may live on and hold them open.
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeoutMs);
  try {
    const [code, signal] = await once(child, 'close');
    if (code === 0) return printed();
    const why = signal ? `was ended by ${signal} (limit ${timeoutMs} ms)` : `exit code ${code}`;
    throw new Error(`${why} ${complaint().trim().slice(0, 500)}`.trim());
  } finally {
    clearTimeout(late);
  }
}

/** What comes of a stream, until it is asked for. */
function heard(stream: Readable): () => string {
  let all = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    all += part;
  });
  return () => all;
}

const failed = (user: User, why: string, cause?: unknown): Unreachable =>
  new Unreachable(
    'TARGET_UNREACHABLE',
    `the login program of user "${user.name}" gave nothing: ${why}`,
    { cause },
  );
