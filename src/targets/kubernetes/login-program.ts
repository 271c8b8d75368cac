import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RequestOptions } from 'node:https';
import type { Readable } from 'node:stream';
import type { KubeConfig, User } from '@kubernetes/client-node';
import { z } from 'zod';
import { Unreachable } from '../../core/errors/index.ts';

const name = 'sluice-login-program';

/** A run answers all who ask within this time, whatever it said and whatever the clocks say, in ms. */
const freshMs = 10_000;

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
type Credential = z.infer<typeof credential>['status'];

/**
 * Runs the login programs (`exec`) of a kubeconfig's users. The library would start one for each call that finds no token,
 * and wait for it for ever: one that asks a person would hold up all targets.
 */
export class LoginPrograms {
  readonly #timeoutMs: number;
  readonly #runs = new Map<string, Run>();
  #isAfresh = false;

  /** @param timeoutMs of a run; then the program is killed. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Takes over the programs of these users. Before the kubeconfig's own authentication is first asked for. */
  serve(config: KubeConfig): void {
    config.addAuthenticator(this);
    config.users = config.users.map(({ exec, ...user }) =>
      exec ? { ...user, authProvider: { name, config: { program: exec } } } : { ...user },
    );
  }

  /** What was given last is not taken any more: the next one is asked for, unless it is quite new. */
  forget(): void {
    this.#isAfresh = true;
  }

  isAuthProvider(user: User): boolean {
    return user.authProvider?.name === name;
  }

  /** @throws {Unreachable} the program gave nothing that can be used. */
  async applyAuthentication(user: User, options: RequestOptions): Promise<void> {
    const given = await this.#credentialOf(user);
    if (given.clientCertificateData !== undefined) options.cert = given.clientCertificateData;
    if (given.clientKeyData !== undefined) options.key = given.clientKeyData;
    if (given.token !== undefined)
      options.headers = { ...options.headers, Authorization: `Bearer ${given.token}` };
  }

  /** One run at a time answers all who ask. */
  #credentialOf(user: User): Promise<Credential> {
    const last = this.#runs.get(user.name);
    if (last?.mayServe(this.#isAfresh)) return last.result;
    this.#isAfresh = false;
    const run = new Run(loggedIn(user, this.#timeoutMs));
    this.#runs.set(user.name, run);
    return run.result;
  }
}

/** One run of a program, and what it is good for. */
class Run {
  readonly result: Promise<Credential>;
  #endedAt: number | undefined;
  /** By our clock, in ms; absent: it failed. */
  #expiresAt: number | undefined;

  constructor(result: Promise<Credential>) {
    this.result = result;
    const end = () => {
      this.#endedAt = performance.now();
    };
    result.then(({ expirationTimestamp: at }) => {
      this.#expiresAt = at ? Date.parse(at) : Number.POSITIVE_INFINITY;
      end();
    }, end);
  }

  mayServe(isAfresh: boolean): boolean {
    if (this.#endedAt === undefined || performance.now() - this.#endedAt < freshMs) return true;
    return !isAfresh && (this.#expiresAt ?? 0) > Date.now();
  }
}

async function loggedIn(user: User, timeoutMs: number): Promise<Credential> {
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
