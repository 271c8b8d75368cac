import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A reply of the API; `body` as it came, for tests to pick from. */
export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any field of any reply.
  body: any;
}

/** A user of an API of Sluice, wherever it runs. */
export class ApiClient {
  readonly url: string;
  readonly #token: string | undefined;

  /** @param url without a slash at its end. */
  constructor(url: string, token?: string) {
    this.url = url;
    this.#token = token;
  }

  /** One API call; a transport error is thrown. */
  async call(method: string, path: string, body?: unknown): Promise<Reply> {
    const reply = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...this.#authorization() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** A call under `/api/v1/namespaces/default` that must succeed; 503 is asked again, as the API tells clients to. */
  async ok(method: string, path: string, body?: unknown): Promise<Reply['body']> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const reply = await this.call(method, `/api/v1/namespaces/default${path}`, body);
      if (reply.status >= 200 && reply.status < 300) return reply.body;
      if (reply.status !== 503 || Date.now() > deadline)
        throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
      await sleep(500);
    }
  }

  /** Uploads a file as an artifact. @returns its URI, for `jarUri`. */
  async upload(path: string): Promise<string> {
    const form = new FormData();
    form.append('file', await openAsBlob(path), basename(path));
    const url = `${this.url}/artifacts/v1/namespaces/default/artifacts:upload`;
    const headers = this.#authorization();
    const reply = await fetch(url, { method: 'POST', body: form, headers });
    if (!reply.ok) throw new Error(`upload: ${reply.status} ${await reply.text()}`);
    const { artifact }: { artifact: { uri: string } } = JSON.parse(await reply.text());
    return artifact.uri;
  }

  #authorization(): Record<string, string> {
    const token = this.#token;
    return token === undefined ? {} : { Authorization: `Bearer ${token}` };
  }
}
