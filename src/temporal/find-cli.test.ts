import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Refused } from '../core/errors/index.ts';
import { type FindCliOptions, findTemporalCli } from './find-cli.ts';
import { temporaryFolder } from './testing/server.ts';

const recent = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)';
let folder: ReturnType<typeof temporaryFolder>;
let options: FindCliOptions;

beforeEach(() => {
  folder = temporaryFolder();
  options = {
    cliPath: undefined,
    searchPath: [at('bin-one'), at('bin-two')].join(delimiter),
    temporaryDirectory: at('tmp'),
    cacheDirectory: at('cache'),
    environment: { PATH: '/usr/bin:/bin' },
    build: false,
  };
});
afterEach(() => folder.remove());

const at = (path: string): string => join(folder.path, path);

/** An executable that answers `--version`, as any CLI does. */
function cli(path: string, says = recent): string {
  return executable(path, `echo '${says}'`);
}

function executable(path: string, body: string): string {
  const file = at(path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

const ours = 'cache/temporal/1.5.1/temporal';
const downloaded = 'tmp/temporal-sdk-typescript-1.24.0';
const refusal = () => findTemporalCli(options).catch((error: unknown) => error);

test('the first of setting, PATH, download of the SDK and own cache is taken', async () => {
  for (const path of [ours, downloaded, 'bin-two/temporal', 'bin-one/temporal']) {
    const file = cli(path);
    expect(await findTemporalCli(options)).toEqual({ path: file, version: recent });
  }
  const set = cli('elsewhere/temporal');
  expect((await findTemporalCli({ ...options, cliPath: set })).path).toBe(set);
});

test('a set path that does not work is refused; nothing else is tried', async () => {
  cli('bin-one/temporal');
  options.cliPath = at('missing');
  const error = await refusal();
  expect(error).toBeInstanceOf(Refused);
  expect(String(error)).toContain(`${at('missing')}: not there`);
  expect(String(error)).not.toContain('bin-one');
});

test('one that is too old, broken or not executable is passed over, and told about', async () => {
  cli('bin-one/temporal', 'temporal version 0.13.0 (Server 1.24.2, UI 2.28.0)');
  executable('bin-two/temporal', 'echo cannot load library >&2; exit 3');
  chmodSync(cli(downloaded), 0o644);
  const text = String(await refusal());
  expect(text).toMatch(/bin-one\/temporal: says "temporal version 0\.13\.0.*server 1\.29 needed/);
  expect(text).toMatch(/bin-two\/temporal: Command failed/);
  expect(text).toMatch(/temporal-sdk-typescript-1\.24\.0: spawn .*EACCES/);
  cli(ours);
  expect((await findTemporalCli(options)).path).toBe(at(ours));
});

test('without any, the error names what was tried and the command that helps', async () => {
  const text = String(await refusal());
  expect(text).toContain(`${at('bin-one/temporal')}: not there`);
  expect(text).toContain(`${at(ours)}: not there`);
  expect(text).toContain('TEMPORAL_CLI_PATH');
  expect(text).toContain('go install github.com/temporalio/cli/cmd/temporal@v1.5.1');
});

/** Stands in for Go: puts an executable into GOBIN, as `go install` does. */
function fakeGo(body: string): void {
  executable('go/go', body);
  options = {
    ...options,
    build: true,
    searchPath: at('bin-one'),
    environment: { PATH: `${at('go')}:/usr/bin:/bin` },
  };
}

test('it is built into the cache once, and only what is finished appears there', async () => {
  const lines: string[] = [];
  fakeGo(
    `[ "$1 $2" = "install github.com/temporalio/cli/cmd/temporal@v1.5.1" ] || exit 1
    printf '#!/bin/sh\\necho "${recent}"\\n' > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"
    [ -e '${at(ours)}' ] && echo early > '${at('early')}'; exit 0`,
  );
  const made = await findTemporalCli({ ...options, report: (line) => lines.push(line) });
  expect(made).toEqual({ path: at(ours), version: recent });
  expect(lines).toEqual(['building the Temporal CLI 1.5.1, once: 3 to 7 minutes']);
  expect(existsSync(at('early'))).toBe(false);
  expect(readdirSync(dirname(at(ours)))).toEqual(['temporal']);

  fakeGo('exit 1');
  expect((await findTemporalCli(options)).path).toBe(at(ours));
});

test('a build that fails says why and leaves nothing behind', async () => {
  fakeGo('echo "no network" >&2; exit 1');
  const text = String(await refusal());
  expect(text).toMatch(/go install .*no network/);
  expect(readdirSync(dirname(at(ours)))).toEqual([]);
});
