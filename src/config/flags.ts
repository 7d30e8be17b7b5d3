/** One flag with its value, or one positional word, of a command line. */
export interface Piece {
  /** Null for a positional word. */
  readonly flag: string | null;
  /** Null for a flag that stands alone. */
  readonly value: string | null;
  /** Written `--flag=value`, in one word. */
  readonly joined: boolean;
  /** Index of its first word, and of the first word after it. */
  readonly start: number;
  readonly end: number;
}

/**
 * The words of a command line in pieces. A word that starts with a dash and a letter is a flag (`-1` and `-` are
 * values); the word after a flag is its value unless it is a flag itself. Only the engine knows which flags take
 * no value, so a positional word right after such a flag is read as its value. After `--` all is positional.
 */
export function parseFlags(words: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  const stop = words.indexOf('--');
  const end = stop === -1 ? words.length : stop;
  for (let start = 0; start < words.length; start = pieces.at(-1)?.end ?? start + 1) {
    pieces.push(pieceAt(words, start, end));
  }
  return pieces;
}

/** Whether a word of a command line is a flag. */
export function isFlag(word: string): boolean {
  return /^--?[A-Za-z]/.test(word);
}

function pieceAt(words: readonly string[], start: number, flagsEnd: number): Piece {
  const word = words[start] ?? '';
  if (start >= flagsEnd || !isFlag(word))
    return { flag: null, value: word, joined: false, start, end: start + 1 };
  const equals = word.indexOf('=');
  if (equals !== -1) {
    return {
      flag: word.slice(0, equals),
      value: word.slice(equals + 1),
      joined: true,
      start,
      end: start + 1,
    };
  }
  const next = words[start + 1];
  const bare = next === undefined || start + 1 >= flagsEnd || isFlag(next);
  return { flag: word, value: bare ? null : next, joined: false, start, end: bare ? start + 1 : start + 2 };
}
