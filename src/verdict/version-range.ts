/** What comes before a release of the same number, and what comes after it. */
const before = /^[.\-_]?(?:a|alpha|b|beta|c|rc|pre|preview|dev)(?:\d|\b|$)/i;
const after = /^[.\-_]?(?:post|rev|r|p)\d/i;

interface Version {
  readonly release: readonly number[];
  /** -1 for a pre-release, 1 for what came after. */
  readonly stage: -1 | 0 | 1;
}

/**
 * Whether a version lies in a range such as `>=9 <10`: all parts must hold. `=9.1`, or `9.1` alone, means the parts
 * that are written: 9.1 and 9.1.4, not 9.10. A letter before the number is left out (`v0.11`, `b10434`), so is what
 * follows a plus. Null when the version cannot be read.
 */
export function isVersionIn(version: string, range: string): boolean | null {
  const seen = parse(version);
  return (
    seen &&
    partsOf(range).every(({ sign, bound }) => {
      const wanted = parse(bound);
      if (wanted === null) return false;
      const order = compare(seen, wanted);
      if (sign === '=') return isWithin(seen, wanted);
      return holds(sign, order);
    })
  );
}

/** Whether a number lies in a range such as `>=4096` or `>0.5 <=1`. */
export function isNumberIn(value: number, range: string): boolean {
  return partsOf(range).every(({ sign, bound }) => {
    return sign === '=' ? value === Number(bound) : holds(sign, value - Number(bound));
  });
}

function partsOf(range: string): { sign: string; bound: string }[] {
  const found = range.matchAll(/([<>]=?|=)?\s*([^\s,<>=]+)/g);
  return [...found].map(([, sign = '=', bound = '']) => ({ sign, bound }));
}

function holds(sign: string, order: number): boolean {
  if (sign === '>') return order > 0;
  if (sign === '>=') return order >= 0;
  return sign === '<' ? order < 0 : order <= 0;
}

function parse(text: string): Version | null {
  const [, release, rest = ''] = /^\s*[A-Za-z]?(\d+(?:\.\d+)*)([\s\S]*)$/.exec(text) ?? [];
  if (release === undefined) return null;
  return {
    release: release.split('.').map(Number),
    stage: before.test(rest) ? -1 : after.test(rest) ? 1 : 0,
  };
}

function compare(a: Version, b: Version): number {
  for (let at = 0; at < Math.max(a.release.length, b.release.length); at += 1) {
    const order = (a.release[at] ?? 0) - (b.release[at] ?? 0);
    if (order !== 0) return order;
  }
  return a.stage - b.stage;
}

function isWithin(seen: Version, wanted: Version): boolean {
  const isSame = wanted.release.every((part, at) => part === (seen.release[at] ?? 0));
  return isSame && (seen.stage === wanted.stage || (wanted.stage === 0 && seen.stage === 1));
}
