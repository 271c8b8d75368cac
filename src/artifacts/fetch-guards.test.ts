import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { artifactUriProblem } from '../core/artifact-uri.ts';
import { aFetcher, aFolder, aServer } from './testing/fetching.ts';

const refused = { code: 'ARTIFACT_REFUSED', retryable: false };

describe('addresses', () => {
  test.each([
    ['N01', 'http://169.254.169.254/latest/meta-data/'],
    ['N02', 'http://localhost:PORT/'],
    ['N02', 'http://127.1:PORT/'],
    ['N02', 'http://0x7f000001:PORT/'],
    ['N02', 'http://2130706433:PORT/'],
    ['N02', 'http://0177.0.0.1:PORT/'],
    ['N02', 'http://[::1]:PORT/'],
    ['N02', 'http://[::ffff:127.0.0.1]:PORT/'],
    ['N02', 'http://[64:ff9b::7f00:1]:PORT/'],
    ['N02', 'http://0.0.0.0:PORT/'],
    ['N02', 'http://localhost.:PORT/'],
    ['N07', 'http://good.example.com@127.0.0.1:PORT/'],
    ['N07', 'https://user:secret@example.com/a.jar'],
    ['N08', 'http://LOCALHOST:PORT/'],
    ['N08', 'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/'],
    ['N08', 'http://127。0。0。1:PORT/'],
    ['N06', 'jar:http://127.0.0.1:PORT/a.jar!/x'],
    ['N06', 'gopher://127.0.0.1:PORT/'],
    ['N06', 'ftp://127.0.0.1:PORT/a.jar'],
    ['N06', 'data:application/java-archive;base64,AAAA'],
    ['N06', 'not a uri'],
    ['N06', 'http://127.0.0.1:PORT/\r\nHost: x'],
  ])('%s: %s is refused, and nobody is contacted', async (_id, uri) => {
    const trap = await aServer();
    const { fetch } = await aFetcher();
    const real = uri.replace('PORT', String(trap.port));
    await expect(fetch(real)).rejects.toMatchObject(refused);
    const rules = { allowedDirectories: [], allowHttp: true };
    expect(artifactUriProblem(real, rules)).toContain('cannot be fetched');
    expect(trap.seen).toEqual({ connections: 0, requests: [] });
  });

  test('N03: a name that resolves to a private address, even beside public ones, is refused', async () => {
    const trap = await aServer();
    const answers = [
      [{ address: '127.0.0.1', family: 4 }],
      [
        { address: '93.184.216.34', family: 4 },
        { address: '10.0.0.7', family: 4 },
      ],
      [{ address: '::1', family: 6 }],
      [{ address: 'fe80::1%eth0', family: 6 }],
      [],
    ];
    for (const addresses of answers) {
      const { fetch } = await aFetcher({ lookup: async () => addresses });
      const uri = `http://innocent.example.com:${trap.port}/a.jar`;
      await expect(fetch(uri)).rejects.toMatchObject(refused);
    }
    expect(trap.seen.connections).toBe(0);
  });

  test('N04: each redirect is judged anew; a private or odd destination is never contacted', async () => {
    const trap = await aServer();
    const destinations = [
      `${trap.url}/x`,
      `http://evil.example.com:${trap.port}/`,
      'file:///etc/passwd',
      'ftp://a/b',
    ];
    for (const location of destinations) {
      const open = await aServer((_request, response) => {
        response.writeHead(302, { location }).end();
      });
      const { fetch } = await aFetcher({
        allowedPrivateHosts: [`127.0.0.1:${open.port}`],
        lookup: async () => [{ address: '127.0.0.1', family: 4 }],
      });
      await expect(fetch(`${open.url}/a.jar`)).rejects.toMatchObject(refused);
      expect(open.seen.requests).toHaveLength(1);
    }
    expect(trap.seen.connections).toBe(0);
  });

  test('redirects are followed up to five times', async () => {
    const server = await aServer((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('content');
      else response.writeHead(307, { location: `/${left - 1}` }).end();
    });
    const { fetch } = await aFetcher({ allowedPrivateHosts: ['127.0.0.1'] });
    await expect(fetch(`${server.url}/5`)).resolves.toMatchObject({ size: 7 });
    await expect(fetch(`${server.url}/6`)).rejects.toMatchObject(refused);
  });

  test('N05: the address that was judged is the one connected to, whatever the name says later', async () => {
    const good = await aServer((_request, response) => response.end('good'));
    let asked = 0;
    const { fetch } = await aFetcher({
      allowedPrivateHosts: ['rebinding.example.com'],
      lookup: async () => {
        asked += 1;
        return [{ address: asked === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 }];
      },
    });
    const uri = `http://rebinding.example.com:${good.port}/a.jar`;
    await expect(fetch(uri)).resolves.toMatchObject({ size: 4 });
    expect(asked).toBe(1);
    expect(good.seen.requests).toEqual([`GET rebinding.example.com:${good.port} /a.jar`]);
  });

  test('plain http can be switched off', async () => {
    const trap = await aServer();
    const { fetch } = await aFetcher({ allowHttp: false, allowedPrivateHosts: ['127.0.0.1'] });
    await expect(fetch(`${trap.url}/a.jar`)).rejects.toMatchObject(refused);
    expect(trap.seen.connections).toBe(0);
  });
});

describe('paths', () => {
  /** An allowed folder with a jar, and a secret beside it. */
  async function folders() {
    const base = await aFolder();
    const allowed = join(base, 'allowed');
    await mkdir(join(allowed, 'folder'), { recursive: true });
    await mkdir(join(base, 'allowed-not'));
    await writeFile(join(allowed, 'a b.jar'), 'jar');
    await writeFile(join(base, 'secret.jar'), 'secret');
    await writeFile(join(base, 'allowed-not', 'x.jar'), 'secret');
    const { fetch } = await aFetcher({ allowedDirectories: [allowed] });
    return { base, allowed, fetch };
  }

  test('a file under an allowed directory is fetched, with its hash and a safe name', async () => {
    const { allowed, fetch } = await folders();
    const uri = pathToFileURL(join(allowed, 'a b.jar')).href;
    const fetched = await fetch(uri);
    expect(fetched).toMatchObject({
      size: 3,
      filename: 'a_b.jar',
      sha256: '0163f1eea7894350060624d315234d40c508ab251ba121714e234503045faadd',
    });
    expect(await fetch(uri)).toEqual(fetched);
  });

  test('N06, N09: nothing else is, and what exists is not told from what does not', async () => {
    const { base, allowed, fetch } = await folders();
    const dir = pathToFileURL(allowed).href;
    const outside = [
      `${dir}/../secret.jar`,
      `${dir}/%2e%2e/secret.jar`,
      `${dir}/..%2Fsecret.jar`,
      `${dir}/%2e%2e%2fsecret.jar`,
      `${dir}\\..\\secret.jar`,
      `${dir}/a%00.jar`,
      `${dir}-not/x.jar`,
      dir,
      pathToFileURL(join(base, 'secret.jar')).href,
      pathToFileURL(join(base, 'no-such.jar')).href,
      'file:///etc/passwd',
      'file://otherhost/etc/passwd',
    ];
    const texts = new Set<string>();
    for (const uri of outside) {
      const error = await fetch(uri).catch((reason: unknown) => reason);
      expect(error, uri).toMatchObject(refused);
      texts.add(error instanceof Error ? error.message : '');
    }
    expect(texts.size).toBe(1);
  });

  test('links are resolved first: out of the directory is refused, within is fine', async () => {
    const { base, allowed, fetch } = await folders();
    await symlink(join(base, 'secret.jar'), join(allowed, 'out.jar'));
    await symlink(base, join(allowed, 'up'));
    await symlink(join(allowed, 'a b.jar'), join(allowed, 'in.jar'));
    const uri = (path: string) => pathToFileURL(join(allowed, path)).href;
    await expect(fetch(uri('out.jar'))).rejects.toMatchObject(refused);
    await expect(fetch(uri('up/secret.jar'))).rejects.toMatchObject(refused);
    await expect(fetch(uri('in.jar'))).resolves.toMatchObject({ size: 3 });
  });

  test('what is missing, a folder or a pipe is not found, at once', async () => {
    const { allowed, fetch } = await folders();
    execFileSync('mkfifo', [join(allowed, 'pipe.jar')]);
    for (const name of ['none.jar', 'folder', 'pipe.jar', 'a b.jar/x']) {
      const uri = pathToFileURL(join(allowed, name)).href;
      await expect(fetch(uri), name).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    }
  });
});
