import { execa } from 'execa';
import { BenchError, ExitCode } from '../errors.ts';
import { endGroup } from './run-step.ts';

/** The environment a `shell:` prefix gives. */
export interface ShellCapture {
  /** The prefix as the experiment names it: [nix, develop, .#vllm, -c]. */
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string };
}

const mark = '\0bench-environment\0';
/** Set by the /bin/sh that prints the environment, not by the shell asked for. */
const ownNames = new Set(['_', 'SHLVL', 'OLDPWD']);

/**
 * Runs `shell... /bin/sh` once and reads the environment it gets; what the prefix prints by itself is ignored.
 * @param options.env what the prefix itself is started with.
 * @throws BenchError exit 2 when the prefix is not found, exit 5 when it fails; the signal's reason when aborted.
 */
export async function captureShell(
  shell: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<ShellCapture> {
  const [file = '', ...args] = shell;
  const script = "printf '\\0bench-environment\\0'; exec env -0";
  const { cwd, env: startEnv, signal } = options;
  signal.throwIfAborted();
  const child = execa(file, [...args, '/bin/sh', '-c', script], {
    cwd,
    env: startEnv,
    detached: true,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 32 * 1024 * 1024,
  });
  const stop = (): void => {
    if (child.pid !== undefined) void endGroup(child.pid);
  };
  signal.addEventListener('abort', stop, { once: true });
  const result = await child;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  const start = result.stdout?.lastIndexOf(mark) ?? -1;
  if (result.exitCode !== 0 || start < 0)
    throw failure(shell, result.code, result.exitCode ?? null, result.stderr ?? '');
  const entries = result.stdout
    .slice(start + mark.length)
    .split('\0')
    .filter((entry) => entry.includes('='));
  const env = entries
    .map((entry): [string, string] => [
      entry.slice(0, entry.indexOf('=')),
      entry.slice(entry.indexOf('=') + 1),
    ])
    .filter(([name]) => !ownNames.has(name));
  return { argv: shell, env: Object.fromEntries(env) };
}

function failure(
  shell: readonly string[],
  code: string | undefined,
  exitCode: number | null,
  stderr: string,
): BenchError {
  const shown = shell.join(' ');
  if (code === 'ENOENT') {
    return new BenchError(`shell: ${shell[0]} was not found on PATH.`, {
      exitCode: ExitCode.usage,
      hint: 'Install it, or write its full path in `shell:`.',
    });
  }
  const last = stderr
    .trimEnd()
    .split('\n')
    .slice(-6)
    .map((line) => `  | ${line}`)
    .join('\n');
  return new BenchError(`shell: \`${shown}\` gave no environment (exit ${exitCode ?? 'by a signal'}).`, {
    exitCode: ExitCode.host,
    hint:
      last.trim() === '|'
        ? 'Its last word must take a command to run, as `nix develop -c` does.'
        : `It said:\n${last}`,
  });
}
