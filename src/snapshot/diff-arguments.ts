import type { Json } from '../canonical.ts';

/** Words of a command line by flag: the value, a list where it is repeated, true where it has none. */
export interface ArgumentView {
  readonly [part: string]: Json;
  readonly program: string;
  readonly flags: { readonly [flag: string]: Json };
  /** Words that belong to no flag, in order. */
  readonly words: readonly Json[];
}

/**
 * A command line as flags and words, without knowing the program: a word after a flag is its value unless it is a flag
 * itself (a negative number is a value). `--flag value` and `--flag=value` are the same.
 */
export function argumentView(argv: readonly Json[]): ArgumentView {
  const [program = '', ...rest] = argv;
  const flags: Record<string, Json[]> = {};
  const words: Json[] = [];
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? null;
    if (!isFlag(word)) {
      words.push(word);
      continue;
    }
    const [, flag = word, joined] = /^(--?[^=]+)=(.*)$/s.exec(word) ?? [];
    const values = joined === undefined ? valuesAfter(rest, index) : [joined];
    if (joined === undefined) index += values.length;
    flags[flag] = [...(flags[flag] ?? []), ...(values.length === 0 ? [true] : values)];
  }
  const only = (values: readonly Json[]): Json => (values.length === 1 ? (values[0] ?? null) : values);
  return {
    program: typeof program === 'string' ? program : '',
    flags: Object.fromEntries(Object.entries(flags).map(([flag, values]) => [flag, only(values)])),
    words,
  };
}

/** The words between a flag and the next one. */
function valuesAfter(words: readonly Json[], at: number): readonly Json[] {
  const next = words.findIndex((word, index) => index > at && isFlag(word));
  return words.slice(at + 1, next === -1 ? words.length : next);
}

function isFlag(word: Json): word is string {
  return typeof word === 'string' && /^--?[A-Za-z]/.test(word);
}
