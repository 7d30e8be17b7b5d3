import { readFileSync } from 'node:fs';
import { sha256Hex } from '../canonical.ts';
import { BenchError, ExitCode } from '../errors.ts';

/** A hash-locked requirements file. */
export interface Requirements {
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly packages: readonly LockedPackage[];
}

/** One line of it. */
interface LockedPackage {
  /** Normalised as PEP 503 says: lower case, runs of `-_.` as one `-`. */
  readonly name: string;
  readonly version: string;
  /** True when an environment marker (`; python_version < "3.11"`) may leave it out. */
  readonly conditional: boolean;
}

/**
 * Reads a requirements file in which every line is `name==version` with at least one --hash.
 * @param path absolute; `shown` is how messages name it.
 * @throws BenchError (exit 2) when it cannot be read, or a line names no exact version or no hash.
 */
export function readRequirements(path: string, shown: string): Requirements {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new BenchError(`The lock file ${shown} cannot be read: ${(error as Error).message}.`, {
      exitCode: ExitCode.usage,
      hint: 'Check `venv.lock` in the experiment file.',
    });
  }
  return { sha256: sha256Hex(text), packages: parseRequirements(text, shown) };
}

/** Name as PEP 503 compares it. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function parseRequirements(text: string, shown: string): LockedPackage[] {
  const packages: LockedPackage[] = [];
  for (const { line, number } of logicalLines(text)) {
    if (line.startsWith('-') && !/^(-r|--requirement|-c|--constraint|-e|--editable)\b/.test(line)) continue;
    const match =
      /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*===?\s*([^\s;]+)\s*(;.*?)?(\s+--hash=sha(?:256|384|512):[0-9a-f]+)+\s*$/.exec(
        line,
      );
    if (match === null) {
      throw new BenchError(`${shown}:${number}: not hash-locked: \`${line.slice(0, 80)}\`.`, {
        exitCode: ExitCode.usage,
        hint: 'Every line must be `name==version --hash=sha256:...`; `pip hash FILE.whl` or `uv pip compile --generate-hashes` writes the hashes.',
      });
    }
    packages.push({
      name: normalName(match[1] ?? ''),
      version: match[2] ?? '',
      conditional: match[3] !== undefined,
    });
  }
  return packages;
}

/** Lines with continuations joined and comments dropped, each with the number of its first line. */
function logicalLines(text: string): { line: string; number: number }[] {
  const logical: { line: string; number: number }[] = [];
  let open: { line: string; number: number } | null = null;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line: string = raw.replace(/(^|\s)#.*$/, '').trim();
    const entry: { line: string; number: number } = open ?? { line: '', number: index + 1 };
    entry.line = `${entry.line} ${line.replace(/\\$/, '').trim()}`.trim();
    open = line.endsWith('\\') ? entry : null;
    if (open === null && entry.line !== '') logical.push(entry);
  }
  if (open !== null && open.line !== '') logical.push(open);
  return logical;
}
