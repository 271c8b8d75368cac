import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';

const kubeconfig = z.object({
  users: z
    .array(
      z.object({
        name: z.string(),
        user: z.object({ tokenFile: z.string().exactOptional() }).nullish(),
      }),
    )
    .default([]),
});

/**
 * Makes a kubeconfig's `tokenFile` count, over a `token` beside it as in other tools. The library knows it by a name that
 * nobody writes, and would read it once. As with the token of our own pod, it is read again once a minute: bound tokens
 * are replaced within the hour, and expire (reliability.md 3.2).
 * @param path of the file that `config` was read from.
 */
export function followTokenFiles(config: KubeConfig, path: string): void {
  const { users } = kubeconfig.parse(parse(readFileSync(path, 'utf8')));
  const files = new Map(users.map(({ name, user }) => [name, user?.tokenFile]));
  config.users = config.users.map((one) => {
    const file = files.get(one.name);
    if (file === undefined) return one;
    const { token: _, ...user } = one;
    const tokenFile = resolve(dirname(path), file);
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile } } };
  });
}
