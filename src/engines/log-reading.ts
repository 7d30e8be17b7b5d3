/** What the loggers of the engines put before their text: process, level, time, place. */
const prefixes: readonly RegExp[] = [
  /^\s*\((?:[\w.-]+ )*[\w.-]+ pid=\d+[^)]*\)\s*/,
  /^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\s+(?:\d{2,4}-)?\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d+)?\s+\[[^\]]*\]\s*/,
  /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^\]]*\]\s*/,
  /^\[\d\d\/\d\d\/\d{4}-\d\d:\d\d:\d\d\]\s*/,
  /^\[(?:TensorRT-LLM|TRT-LLM)\]\s*(?:\[[A-Z]+\]\s*)?/,
  /^\d+\.\d\d\.\d{3}\.\d{3} [A-Z]\s+/,
];

/** A line without what its logger put before the text. */
export function bare(line: string): string {
  return prefixes.reduce((rest, prefix) => rest.replace(prefix, ''), line).trim();
}

/** The last line that matches: what is said again later holds. */
export function lastMatch(log: readonly string[], pattern: RegExp): RegExpExecArray | null {
  for (let at = log.length - 1; at >= 0; at -= 1) {
    const found = pattern.exec(log[at] ?? '');
    if (found !== null) return found;
  }
  return null;
}

/** The first line that matches. */
export function firstMatch(log: readonly string[], pattern: RegExp): RegExpExecArray | null {
  for (const line of log) {
    const found = pattern.exec(line);
    if (found !== null) return found;
  }
  return null;
}

/** A group of a match as a text, by default the first that took part; null without a match. */
export function group(found: RegExpExecArray | null, index?: number): string | null {
  if (index !== undefined) return found?.[index] ?? null;
  return found?.slice(1).find((text) => text !== undefined) ?? null;
}

/** The same as a number, with or without thousands separators; null when it is none. */
export function numberOf(found: RegExpExecArray | null, index?: number): number | null {
  const text = group(found, index)?.replaceAll(',', '') ?? '';
  if (text === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

const gibibyte = 1024 ** 3;

/** GiB -> bytes; null stays null. */
export function gibToBytes(gib: number | null): number | null {
  return gib === null ? null : Math.round(gib * gibibyte);
}

/** A data type without the library that names it: `torch.bfloat16` -> `bfloat16`. */
export function plainDtype(text: string | null): string | null {
  return text === null ? null : text.replace(/^torch\./, '');
}

/** `True` or `False` as Python writes it; null for anything else. */
export function pythonBoolean(text: string | null): boolean | null {
  return text === 'True' ? true : text === 'False' ? false : null;
}
