import type { Json } from '../canonical.ts';
import { absentReason, isNode, isSecret, memberOf } from '../json-node.ts';

/** One place in two documents, without parts of its own; undefined: the document does not have it. */
export interface LeafPair {
  readonly steps: readonly string[];
  readonly a: Json | undefined;
  readonly b: Json | undefined;
}

/**
 * Two values place by place, in the order of the first, then what only the second has. A fact that is missing (null, or
 * `{absent}`) where the other has a whole section is one pair, not one for each part of the section.
 * @param isThing whether what stands there is missed as a whole when the other document lacks it.
 */
export function leafPairs(a: Json, b: Json, isThing: (steps: readonly string[]) => boolean): LeafPair[] {
  return pairsAt([], a, b, isThing);
}

function pairsAt(
  steps: readonly string[],
  a: Json | undefined,
  b: Json | undefined,
  isThing: (steps: readonly string[]) => boolean,
): LeafPair[] {
  if (a === undefined && b === undefined) return [];
  if ((a === undefined || b === undefined) && isThing(steps)) return [{ steps, a, b }];
  const parted = [a, b].filter(hasParts);
  // Null or absent beside a section is a leaf; an empty section is a section.
  const isLeaf =
    parted.length === 0 || [a, b].some((one) => one !== undefined && !hasParts(one) && !isEmpty(one));
  if (isLeaf) return [{ steps, a, b }];
  const [partsA, partsB] = [partsOf(a), partsOf(b)];
  const names = [...new Set([...Object.keys(partsA), ...Object.keys(partsB)])];
  return names.flatMap((name) =>
    pairsAt([...steps, name], memberOf(partsA, name), memberOf(partsB, name), isThing),
  );
}

function hasParts(value: Json | undefined): boolean {
  if (value === null || value === undefined || isSecret(value) || absentReason(value) !== null) return false;
  if (Array.isArray(value)) return value.some(hasParts);
  return isNode(value) && Object.keys(value).length > 0;
}

function isEmpty(value: Json): boolean {
  return value !== null && typeof value === 'object' && Object.keys(value).length === 0;
}

/** Members by name; of a list by number. */
function partsOf(value: Json | undefined): { readonly [name: string]: Json | undefined } {
  if (Array.isArray(value))
    return Object.fromEntries(value.map((item: Json, index) => [String(index), item]));
  return isNode(value) ? value : {};
}
