import { BenchError, ExitCode } from '../errors.ts';

/** Where a text stands: line and column count from 1, columns in Unicode code points. */
export interface Place {
  /** As the user would type it; `command line` for what came from there. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One mistake in an experiment file. */
export interface Problem {
  readonly at: Place;
  /** What is wrong, with the offending text. */
  readonly what: string;
  /** What would be right, without the word "expected". */
  readonly expected: string;
  /** Says that something is not there: worth nothing while a parent could not be read. */
  readonly isAbsence?: true;
  /** Says that something is not on this machine that its user makes: no mistake of the file. */
  readonly isOfMachine?: true;
}

/** The place of a value that was given as an option. */
export const commandLine: Place = { file: 'command line', line: 0, column: 0 };

/** `file:line:column: what, expected that`, on one line. */
export function problemLine({ at, what, expected }: Problem): string {
  const place = at.line === 0 ? at.file : `${at.file}:${at.line}:${at.column}`;
  return `${place}: ${what}, expected ${expected}`;
}

/** Every mistake found in an experiment and its parents, one a line; exit code 2, nothing was started. */
export class ConfigError extends BenchError {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const ordered = inOrder(onePerPlace(problems));
    super(ordered.map(problemLine).join('\n'), { exitCode: ExitCode.usage });
    this.problems = ordered;
  }
}

/** The first that was found at a place explains it; only absences share one, the start of a map. */
function onePerPlace(problems: readonly Problem[]): Problem[] {
  const taken = new Set<string>();
  return problems.filter((problem) => {
    const { file, line, column } = problem.at;
    const key = problem.isAbsence ? problemLine(problem) : `${file}:${line}:${column}`;
    if (taken.has(key)) return false;
    taken.add(key);
    return true;
  });
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ at }) => at.file))];
  return problems.toSorted(({ at: a }, { at: b }) => {
    return files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column;
  });
}

const longest = 60;

/** A piece of the user's text as errors show it: in backquotes, on one line, shortened. */
export function quote(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return `\`${line.length > longest ? `${line.slice(0, longest)}...` : line}\``;
}
