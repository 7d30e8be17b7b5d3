/** Words of a version that come before the release of the same number. */
const before = new Set(['a', 'alpha', 'b', 'beta', 'c', 'rc', 'pre', 'preview', 'dev']);
/** And those that come after it. */
const after = new Set(['post', 'rev', 'r', 'p']);

/**
 * Orders two versions by their parts, numbers as numbers: `570.86` < `570.172`, `2.0rc1` < `2.0` < `2.0.post1`,
 * `9.1` = `9.1.0`. Null where the texts are no versions or nothing says which is newer, as with two commit hashes.
 */
export function compareVersions(a: string, b: string): -1 | 0 | 1 | null {
  if (a === b) return 0;
  if (!isVersion(a) || !isVersion(b)) return null;
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = compareParts(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** A number, then nothing, a separator or a word of versions: `7e4c0a9` is a commit. */
function isVersion(text: string): boolean {
  return /^v?\d+(?:$|[.\-+~]|(?:a|b|rc|post|dev)\d+(?:$|[.\-+]))/i.test(text) && /^[\w.+~-]+$/.test(text);
}

function partsOf(text: string): (number | string)[] {
  const parts = text.replace(/^v/i, '').match(/\d+|[a-z]+/gi) ?? [];
  return parts.map((part) => (/^\d/.test(part) ? Number(part) : part.toLowerCase()));
}

function compareParts(a: number | string | undefined, b: number | string | undefined): -1 | 0 | 1 | null {
  const [left, right] = [weightOf(a), weightOf(b)];
  if (left !== null && right !== null && left !== right) return left < right ? -1 : 1;
  if (typeof a === 'number' || typeof b === 'number' || a === undefined || b === undefined)
    return left === right ? 0 : null;
  return a === b ? 0 : null;
}

/** Nothing weighs as much as 0; words before and after a release weigh less and more than nothing. */
function weightOf(part: number | string | undefined): number | null {
  if (part === undefined) return 0;
  if (typeof part === 'number') return part;
  if (before.has(part)) return -1;
  return after.has(part) ? 0.5 : null;
}
