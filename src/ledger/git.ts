import { rmSync } from 'node:fs';
import { simpleGit } from 'simple-git';
import { BenchError, ExitCode } from '../errors.ts';

/** Where git runs, and with which environment (made by `gitEnvironment`). */
export interface GitPlace {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How one git command ended. */
export interface GitResult {
  /** Exit status; negative when git could not be started. */
  readonly code: number;
  readonly stdout: string;
  /** The same as it came, for output that is not all text. */
  readonly bytes: Buffer;
  readonly stderr: string;
}

/** code is null when a signal ended it. */
type Ended = Omit<GitResult, 'code'> & { readonly code: number | null };

interface GitOptions {
  /** Written to its standard input; not empty (simple-git closes it only after a byte). */
  readonly input?: string;
  /** Index file to use instead of the user's. */
  readonly index?: string;
  /** For the commands that know no literal paths. */
  readonly literalPaths?: false;
  /** Statuses that are answers, not failures; only 0 when left out. */
  readonly ok?: readonly number[] | 'any';
}

// Nothing of the user's runs beside the command: no hook, no signer, no watcher process, no collection of garbage.
const config = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=false',
  'core.safecrlf=false',
  'commit.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'i18n.commitEncoding=UTF-8',
];

/** What git may take from the environment: where its configuration is, who commits, where to stop looking. */
const keptVariables =
  /^GIT_(CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|(AUTHOR|COMMITTER)_(NAME|EMAIL)|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|EXEC_PATH)$/;
const editors = new Set(['EDITOR', 'VISUAL', 'PAGER', 'PREFIX', 'SSH_ASKPASS']);

/**
 * The environment for git: the user's, without the variables that a hook or an alias around bench leaves behind
 * (GIT_DIR, GIT_INDEX_FILE, GIT_WORK_TREE ...), messages in English, and no lock taken just for reading.
 */
export function gitEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !editors.has(entry[0]) &&
      (!entry[0].startsWith('GIT_') || keptVariables.test(entry[0])),
  );
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  };
}

/**
 * Runs one git command; one that a signal ended is run again (Ctrl-C reaches git as well as bench, and none of bench's
 * commands does harm twice). A status that is not in `ok` is a BenchError (exit 5) with what git said.
 */
export async function git(
  place: GitPlace,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  let result = await runOnce(place, args, options);
  for (let again = 0; result.code === null && again < 3; again++) {
    // A signal between making its lock and noting that leaves it; this index is bench's own, so nobody else holds it.
    if (options.index !== undefined) rmSync(`${options.index}.lock`, { force: true });
    result = await runOnce(place, args, options);
  }
  const { code } = result;
  const ok = options.ok ?? [0];
  if (code !== null && (ok === 'any' || ok.includes(code))) return { ...result, code };
  throw new BenchError(
    `git ${args.find((arg) => /^[a-z]/.test(arg) && !arg.includes('='))} failed: ${result.stderr.trim() || `exit status ${code}`}`,
    {
      exitCode: ExitCode.host,
    },
  );
}

async function runOnce(place: GitPlace, args: readonly string[], options: GitOptions): Promise<Ended> {
  const env = {
    ...place.env,
    ...(options.index === undefined ? {} : { GIT_INDEX_FILE: options.index }),
    GIT_LITERAL_PATHSPECS: options.literalPaths === false ? '0' : '1',
  };
  const ended = { code: 0 as number | null, stderr: '', bytes: Buffer.alloc(0) };
  const runner = simpleGit({
    baseDir: place.root,
    config,
    trimmed: false,
    // The output may still be on its way when the process is gone.
    completion: { onClose: true, onExit: false },
    allowEnvironment: Object.keys(env).filter((name) => name.startsWith('GIT_')),
    unsafe,
    ...(options.input === undefined ? {} : { input: () => options.input }),
    errors(_error, result) {
      ended.code = result.exitCode;
      ended.stderr = Buffer.concat(result.stdErr).toString('utf8');
      ended.bytes = Buffer.concat(result.stdOut);
      return undefined;
    },
  }).env(env);
  const stdout = await runner.raw([...args]);
  return { ...ended, stdout };
}

/** Output of a command that prints one path or name, without the newline at its end (a path may hold others). */
export function oneLine(result: GitResult): string {
  return result.stdout.replace(/\n$/, '');
}

/** Non-empty parts of output separated by NUL. */
export function nulSeparated(result: GitResult): string[] {
  return result.stdout.split('\0').filter((part) => part !== '');
}

// simple-git guards programs that pass on foreign input; here the input is bench's own and the user's own settings.
const unsafe = {
  allowUnsafeAlias: true,
  allowUnsafeAskPass: true,
  allowUnsafeCommandBinaries: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeDiffExternal: true,
  allowUnsafeDiffTextConv: true,
  allowUnsafeEditor: true,
  allowUnsafeExec: true,
  allowUnsafeFilter: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGitProxy: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeHooksPath: true,
  allowUnsafeInclude: true,
  allowUnsafeMergeDriver: true,
  allowUnsafePack: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
  allowUnsafeSubmodule: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeUrlRewrite: true,
};
