import type { Json } from '../canonical.ts';
import { absentReason, isSecret } from '../json-node.ts';
import { masked } from './diff-noise.ts';
import type { DiffRule } from './diff-rule.ts';
import { compareVersions } from './diff-versions.ts';

/** How two values of one place stand to each other. */
export interface Comparison {
  readonly outcome: 'same' | 'noise' | 'different';
  /** Of versions and numbers. */
  readonly direction: 'up' | 'down' | null;
}

const same: Comparison = { outcome: 'same', direction: null };
const noise: Comparison = { outcome: 'noise', direction: null };

/** Compares what both documents have, in the way its rule asks for. */
export function compareValues(a: Json, b: Json, rule: Pick<DiffRule, 'as' | 'tolerance'>): Comparison {
  if (JSON.stringify(a) === JSON.stringify(b)) return same;
  if (isMissing(a) && isMissing(b)) return noise;
  // What was not read says nothing of what it is.
  if (rule.as === 'build' && (isMissing(a) || isMissing(b))) return noise;
  if (isMissing(a) || isMissing(b) || isSecret(a) || isSecret(b))
    return { outcome: 'different', direction: null };
  if (rule.as === 'version') return versions(String(a), String(b));
  const [left, right] = [numberIn(a), numberIn(b)];
  if (left !== null && right !== null) return numbers(left, right, rule);
  const text = (value: Json): string => masked(typeof value === 'string' ? value : JSON.stringify(value));
  return text(a) === text(b) ? noise : { outcome: 'different', direction: null };
}

function versions(a: string, b: string): Comparison {
  const order = compareVersions(a, b);
  if (order === 0) return noise;
  return { outcome: 'different', direction: order === null ? null : order < 0 ? 'up' : 'down' };
}

/** nvidia-smi writes `700.00` where its XML has `700`. */
function numbers(a: number, b: number, { tolerance = 0 }: Pick<DiffRule, 'tolerance'>): Comparison {
  if (a === b) return same;
  const isNear = Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
  return { outcome: isNear ? 'noise' : 'different', direction: a < b ? 'up' : 'down' };
}

function numberIn(value: Json): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : null;
}

function isMissing(value: Json): boolean {
  return value === null || absentReason(value) !== null;
}
