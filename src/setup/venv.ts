import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BenchError, ExitCode } from '../errors.ts';
import { isGone, parseIdentity } from '../process-identity.ts';
import { makeVenv } from './install.ts';
import { withLock } from './lock.ts';
import { askPython } from './python.ts';
import { normalName, type Requirements, readRequirements } from './requirements.ts';
import { endGroup } from './run-step.ts';

/** A venv that holds exactly what its lock file names. */
export interface VenvFacts {
  /** Absolute. */
  readonly path: string;
  /** Version of its interpreter, like 3.11.7. */
  readonly python: string;
  readonly sitePackages: string;
  /** Whether this call made it. */
  readonly created: boolean;
  readonly installer: 'uv' | 'pip';
  readonly installerVersion: string;
  /** Distributions in it, counted. */
  readonly distributions: number;
  readonly lockSha256: string;
}

/** What to make and who to tell. */
interface VenvRequest {
  /** What `path` and `lock` are relative to. */
  readonly root: string;
  readonly path: string;
  readonly lock: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Where python3 and uv are looked up, and what pip and uv see; default: this process's own. */
  readonly env?: NodeJS.ProcessEnv;
}

/** `.bench/complete.json`: written when the last package is in. */
interface Complete {
  readonly lockSha256: string;
  readonly python: string;
  readonly installer: 'uv' | 'pip';
  readonly installerVersion: string;
}

/**
 * Makes the venv of a hash-locked requirements file unless it is there and complete. Venvs cannot be moved,
 * so it is made in place; it counts only once `.bench/complete.json` in it names the lock file's sha256. What an
 * interrupted call left is cleared and made again, quickly, from the installer's own cache.
 * @throws BenchError exit 2 for a lock file that is not hash-locked, exit 5 when it cannot be made (no network,
 *   no Python, changed hash, no wheel, disk full) or a folder that bench did not make is in the way; the signal's
 *   reason when aborted.
 */
export async function ensureVenv(request: VenvRequest): Promise<VenvFacts> {
  const home = resolve(request.root, request.path);
  const wanted = readRequirements(resolve(request.root, request.lock), request.lock);
  const env = installerEnv(request.env ?? process.env);
  const ready = await readComplete(home, wanted, env);
  if (ready !== null) return ready;
  refuseForeign(home, request);
  const waiting = (pid: number): void =>
    request.say(`venv ${request.path}: another bench (pid ${pid}) is making it; waiting`);
  try {
    mkdirSync(home, { recursive: true });
    return await withLock(stateFolder(home), { waiting, signal: request.signal }, async () => {
      const madeMeanwhile = await readComplete(home, wanted, env);
      return madeMeanwhile ?? (await build(home, wanted, env, request));
    });
  } catch (error) {
    throw cannotWrite(error, request);
  }
}

async function build(
  home: string,
  wanted: Requirements,
  env: NodeJS.ProcessEnv,
  request: VenvRequest,
): Promise<VenvFacts> {
  await stopOrphan(home);
  clear(home);
  const noteChild = (identity: string): void => writeState(home, 'installer', identity);
  const made = await makeVenv(home, { ...request, env, noteChild });
  const { sitePackages, python, installer, installerVersion } = made;
  checkContents(sitePackages, wanted, request);
  const complete: Complete = { lockSha256: wanted.sha256, python, installer, installerVersion };
  rmSync(join(stateFolder(home), 'installer'), { force: true });
  writeFileSync(join(home, '.gitignore'), '*\n');
  writeState(home, 'complete.json', JSON.stringify(complete));
  const distributions = distributionsIn(sitePackages).size;
  return { path: home, sitePackages, created: true, distributions, ...complete };
}

async function readComplete(
  home: string,
  wanted: Requirements,
  env: NodeJS.ProcessEnv,
): Promise<VenvFacts | null> {
  let complete: Complete;
  try {
    complete = JSON.parse(readFileSync(join(stateFolder(home), 'complete.json'), 'utf8')) as Complete;
  } catch {
    return null;
  }
  if (complete.lockSha256 !== wanted.sha256) return null;
  // A Python that was removed or upgraded to another minor version leaves a venv that no longer works.
  const python = await askPython(join(home, 'bin/python'), env);
  if (python === null || minorOf(python.version) !== minorOf(complete.python)) return null;
  const distributions = distributionsIn(python.sitePackages).size;
  const { sitePackages, version } = python;
  return { path: home, sitePackages, created: false, distributions, ...complete, python: version };
}

/** A folder that holds something and was not made by bench is never cleared. */
function refuseForeign(home: string, { path, lock }: VenvRequest): void {
  const inside = listing(home);
  if (inside.length === 0 || inside.includes('.bench')) return;
  throw new BenchError(`${path} exists and was not made by bench from ${lock}; it is left alone.`, {
    exitCode: ExitCode.host,
    hint: 'Remove it and run again, or drop `lock` from the experiment to use it as it is.',
  });
}

function cannotWrite(error: unknown, { path }: VenvRequest): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EEXIST'].includes(code)) return error;
  return new BenchError(`The venv ${path} cannot be written: ${(error as Error).message}.`, {
    exitCode: ExitCode.host,
    hint: 'Make room or give this user the right to write there, then run again.',
    cause: error,
  });
}

/** Ends the installer of a bench that was killed: it may still be writing here. */
async function stopOrphan(home: string): Promise<void> {
  let text = '';
  try {
    text = readFileSync(join(stateFolder(home), 'installer'), 'utf8');
  } catch {
    return;
  }
  const orphan = parseIdentity(text);
  if (orphan !== null && !isGone(orphan)) await endGroup(orphan.pid);
}

function clear(home: string): void {
  rmSync(join(stateFolder(home), 'complete.json'), { force: true });
  for (const name of listing(home)) {
    if (name !== '.bench') rmSync(join(home, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

function checkContents(sitePackages: string, wanted: Requirements, { path, lock }: VenvRequest): void {
  const have = distributionsIn(sitePackages);
  const missing = wanted.packages.filter(
    ({ name, version, conditional }) => !conditional && have.get(name) !== version,
  );
  if (missing.length === 0) return;
  const names = missing.map(({ name, version }) => `${name}==${version}`).join(', ');
  throw new BenchError(
    `The venv ${path} lacks ${names} of ${lock} although its installer reported success.`,
    {
      exitCode: ExitCode.host,
      hint: 'Run again; if it stays so, look for PIP_ or UV_ settings that send packages elsewhere (pip config list).',
    },
  );
}

/** Installed distributions by their folders' names: normalised name -> version. */
function distributionsIn(sitePackages: string): Map<string, string> {
  return new Map(
    listing(sitePackages).flatMap((name) => {
      const match = /^(.+)-([^-]+)\.dist-info$/.exec(name);
      return match === null ? [] : [[normalName(match[1] ?? ''), match[2] ?? '']];
    }),
  );
}

/** The user's environment (mirrors, proxies, caches) without what would send packages somewhere else. */
function installerEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const misleading =
    /^(PYTHON(HOME|PATH|USERBASE)|PIP_(TARGET|PREFIX|USER|ROOT|PYTHON)|UV_(TARGET|PYTHON|PREFIX)|VIRTUAL_ENV|CONDA_PREFIX)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !misleading.test(name)));
}

function writeState(home: string, name: string, text: string): void {
  writeFileSync(join(stateFolder(home), name), text);
}

function stateFolder(home: string): string {
  return join(home, '.bench');
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function listing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
