import type { RequestOptions } from 'node:https';
import type { KubeConfig, User } from '@kubernetes/client-node';
import { type Credential, loggedIn } from './login-program.ts';

const name = 'sluice-login-program';

/** A run answers all who ask within this time, whatever it said and whatever the clocks say, in ms. */
const freshMs = 10_000;

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
