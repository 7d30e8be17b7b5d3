import { BenchError, ExitCode } from '../errors.ts';

/** What was being made when an installer failed. */
interface InstallContext {
  readonly installer: 'uv' | 'pip';
  /** As the experiment file names them. */
  readonly venv: string;
  readonly lock: string;
  /** Like `Python 3.11.7, linux x86_64`. */
  readonly machine: string;
}

const unreachable =
  /NewConnectionError|connection broken by|Max retries exceeded|ConnectTimeout|ReadTimeout|ProxyError|error sending request|dns error|tcp connect error|name resolution|Network is unreachable|operation timed out/i;
const noWheel =
  /No matching distribution found for (\S+)|Because (\S+==\S+) has no wheels|(?:and|Because) (\S+==\S+) depends on Python/;

/** One line of pip's or uv's output -> what to tell the user; null for the lines that say nothing new. */
export function progressOf(line: string): string | null {
  const uv = /^Downloading (\S+) \((.+)\)$/.exec(line);
  if (uv !== null) return `downloading ${uv[1]} (${uv[2]})`;
  const pip = /^\s+(Downloading|Using cached) (?:\S*\/)?([^\s/]+)\.(?:whl|tar\.gz|zip) \((.+)\)$/.exec(line);
  if (pip !== null) return `${(pip[1] ?? '').toLowerCase()} ${wheelName(pip[2] ?? '')} (${pip[3]})`;
  return null;
}

/** What a failed pip or uv run means: which package, which file, what to do. Exit 5. */
export function explainInstall(lines: readonly string[], context: InstallContext): BenchError {
  const text = lines.join('\n');
  const making = `while making the venv ${context.venv} from ${context.lock}`;
  const fail = (message: string, hint: string): BenchError =>
    new BenchError(message, { exitCode: ExitCode.host, hint });
  const mismatch = hashMismatch(text);
  if (mismatch !== null) {
    return fail(
      `${mismatch.name} is not the file that ${context.lock} names: expected sha256 ${mismatch.expected}, got ${mismatch.got}.`,
      'It was not installed. A proxy or mirror may serve changed files; if the package was meant to change, write its new hash into the lock file.',
    );
  }
  if (/No space left on device|ENOSPC|os error 28/.test(text)) {
    return fail(
      `The disk is full ${making}.`,
      'Free some space, then run again; what is downloaded is kept.',
    );
  }
  if (unreachable.test(text)) {
    return fail(
      `${context.installer} could not reach its package index for ${missedPackage(text)} ${making}.`,
      `Connect to the network, or name a mirror (${context.installer === 'uv' ? 'UV_DEFAULT_INDEX' : 'PIP_INDEX_URL'}), then run again; what is downloaded is kept.`,
    );
  }
  const wheel = noWheel
    .exec(text)
    ?.slice(1)
    .find((name) => name !== undefined);
  if (wheel !== undefined) {
    return fail(
      `No wheel of ${wheel} fits this machine (${context.machine}) ${making}.`,
      'Use a Python or a machine that it is published for, or lock a version that has a wheel for this one.',
    );
  }
  const last = lines.filter((line) => line.trim() !== '').slice(-6);
  return fail(
    `${context.installer} failed ${making}.`,
    `It said:\n${last.map((line) => `  | ${line}`).join('\n')}`,
  );
}

function hashMismatch(text: string): { name: string; expected: string; got: string } | null {
  const pip =
    /^\s+(\S+?==\S+).*\n\s+Expected sha256 (?:or )?([0-9a-f]{64})(?:\n\s+Expected.*|\n\s+or [0-9a-f]{64})*\n\s+Got\s+([0-9a-f]{64})/m.exec(
      text,
    );
  const uv =
    /Hash mismatch for `([^`]+)`\s+Expected:\s+sha256:([0-9a-f]{64})(?:\s+sha256:[0-9a-f]{64})*\s+Computed:\s+sha256:([0-9a-f]{64})/.exec(
      text,
    );
  const match = pip ?? uv;
  if (match === null) return null;
  return { name: match[1] ?? '', expected: match[2] ?? '', got: match[3] ?? '' };
}

function missedPackage(text: string): string {
  const match =
    /No matching distribution found for (\S+)/.exec(text) ??
    /Failed to (?:download|fetch)[^`\n]*`([^`\s]+==[^`\s]+)`/.exec(text) ??
    /Collecting (\S+)(?![\s\S]*Collecting )/.exec(text) ??
    /\/simple\/([^/\s']+)/.exec(text);
  return match?.[1] ?? 'a package';
}

/** `libggml_python-0.20.2.post1-cp311-...` -> `libggml_python 0.20.2.post1`. */
function wheelName(stem: string): string {
  return stem.split('-').slice(0, 2).join(' ');
}
