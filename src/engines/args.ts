/** The words of a flag: dashes and underscores mean the same to the Python engines. */
function normal(word: string): string {
  return word.replaceAll('_', '-');
}

/** Whether a word of a command line is a flag: `-1` and `-` are values. */
export function isFlag(word: string): boolean {
  return /^--?[A-Za-z]/.test(word);
}

/** Whether any of these flags is among the arguments, alone or as `--flag=value`. */
export function hasFlag(args: readonly string[], names: readonly string[]): boolean {
  return indexOf(args, names) !== -1;
}

/** The value the last of these flags has; null when none is there or it stands alone. */
export function flagValue(args: readonly string[], names: readonly string[]): string | null {
  const at = indexOf(args, names);
  const word = args[at];
  if (word === undefined) return null;
  const equals = word.indexOf('=');
  if (equals !== -1) return word.slice(equals + 1);
  const next = args[at + 1];
  return next === undefined || isFlag(next) ? null : next;
}

/** The same as a whole number, `8k` and `1M` as engines read them; null when it is none. */
export function flagNumber(args: readonly string[], names: readonly string[]): number | null {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kKmMgG]?)$/.exec(flagValue(args, names) ?? '') ?? [];
  if (digits === undefined) return null;
  // vLLM: a small letter is decimal, a capital one binary.
  const base = unit === unit.toUpperCase() ? 1024 : 1000;
  return Number(digits) * base ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
}

function indexOf(args: readonly string[], names: readonly string[]): number {
  const wanted = new Set(names.map(normal));
  return args.findLastIndex(
    (word) => word.startsWith('-') && wanted.has(normal(word.split('=', 1)[0] ?? '')),
  );
}
