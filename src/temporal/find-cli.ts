import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { getuid } from 'node:process';
import { promisify } from 'node:util';
import { Refused } from '../core/errors/index.ts';

const run = promisify(execFile);

/** The newest release that `go install` can build: later ones have a `replace` in their module. */
const temporalCliVersion = '1.5.1';
/** Oldest server that Sluice is built for. */
const oldestServer = [1, 29] as const;
const goPackage = `github.com/temporalio/cli/cmd/temporal@v${temporalCliVersion}`;
/** Where `@temporalio/testing` of this version keeps its download, within the temporary directory. */
const sdkDownload = 'temporal-sdk-typescript-1.24.0';

export interface FindCliOptions {
  /** `TEMPORAL_CLI_PATH`: used or refused, nothing else is tried. */
  cliPath: string | undefined;
  /** Value of `PATH`. */
  searchPath: string;
  temporaryDirectory: string;
  /** Root of the cache; ours lies in `temporal/<version>/temporal` there. */
  cacheDirectory: string;
  /** For child processes. */
  environment: Record<string, string>;
  /** False: only look. Default true. */
  build?: boolean;
  /** Told in words before something that takes minutes. */
  report?: (line: string) => void;
}

export interface TemporalCli {
  path: string;
  /** First line of `temporal --version`. */
  version: string;
}

/**
 * Finds the `temporal` command, first match wins: setting, `PATH`, the SDK's download, our cache; else builds it into
 * our cache, once, in 3 to 7 minutes (`temporal.md` 11).
 * @throws {Refused} TEMPORAL_UNAVAILABLE with everything that was tried and the command that helps.
 */
export async function findTemporalCli(options: FindCliOptions): Promise<TemporalCli> {
  const tried: string[] = [];
  for (const path of candidates(options)) {
    const found = await probe(path, options, tried);
    if (found) return found;
  }
  if (options.cliPath === undefined && options.build !== false) {
    const made = await build(options, tried);
    if (made) return made;
  }
  throw new Refused('TEMPORAL_UNAVAILABLE', explain(options, tried));
}

const cached = (options: FindCliOptions): string =>
  join(options.cacheDirectory, 'temporal', temporalCliVersion, 'temporal');
const downloaded = (options: FindCliOptions): string =>
  join(options.temporaryDirectory, sdkDownload);

function candidates(options: FindCliOptions): string[] {
  if (options.cliPath !== undefined) return [options.cliPath];
  const directories = options.searchPath.split(delimiter).filter((directory) => directory !== '');
  const onPath = directories.map((directory) => join(directory, 'temporal'));
  return [...onPath, downloaded(options), cached(options)];
}

async function probe(
  path: string,
  options: FindCliOptions,
  tried: string[],
): Promise<TemporalCli | undefined> {
  try {
    const file = await stat(path);
    // The temporary directory is open to everyone: what another user put down there is not run.
    if (path === downloaded(options) && file.uid !== getuid?.()) {
      tried.push(`${path}: belongs to another user`);
      return undefined;
    }
    const { stdout } = await run(path, ['--version'], {
      timeout: 20_000,
      maxBuffer: 65_536,
      env: options.environment,
    });
    const version = stdout.split('\n', 1)[0]?.trim() ?? '';
    if (isRecent(version)) return { path, version };
    tried.push(`${path}: says "${version.slice(0, 200)}", server ${oldestServer.join('.')} needed`);
  } catch (error) {
    tried.push(`${path}: ${isMissing(error) ? 'not there' : firstLine(error)}`);
  }
  return undefined;
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ENOTDIR');

function isRecent(version: string): boolean {
  const [, major, minor] = /Server (\d+)\.(\d+)/.exec(version) ?? [];
  const [oldMajor, oldMinor] = oldestServer;
  return Number(major) > oldMajor || (Number(major) === oldMajor && Number(minor) >= oldMinor);
}

/** Built beside its place and renamed, so that a killed build leaves nothing that looks finished. */
async function build(options: FindCliOptions, tried: string[]): Promise<TemporalCli | undefined> {
  const place = cached(options);
  await mkdir(join(place, '..'), { recursive: true });
  const workshop = await mkdtemp(join(place, '..', 'making-'));
  try {
    options.report?.(`building the Temporal CLI ${temporalCliVersion}, once: 3 to 7 minutes`);
    await run('go', ['install', goPackage], {
      env: { ...options.environment, GOBIN: workshop },
      timeout: 1_800_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    await rename(join(workshop, 'temporal'), place);
    return await probe(place, options, tried);
  } catch (error) {
    tried.push(`go install ${goPackage}: ${firstLine(error)}`);
    return undefined;
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .split('\n')
    .slice(0, 2)
    .join(' ')
    .slice(0, 400);

function explain(options: FindCliOptions, tried: string[]): string {
  return [
    'no usable Temporal CLI was found. Tried:',
    ...tried.map((line) => `  - ${line}`),
    'Set TEMPORAL_CLI_PATH to a `temporal` command (CLI 1.5.0 or newer), or TEMPORAL_ADDRESS to a running service,',
    `or build one with Go 1.25 or newer: GOBIN=${join(cached(options), '..')} go install ${goPackage}`,
  ].join('\n');
}
