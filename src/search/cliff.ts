/** Where a search for the longest context that works looks, in thousands of tokens. */
export interface CliffBounds {
  /** The first length that is tried. */
  readonly from: number;
  /** The longest. */
  readonly max: number;
  /** How near the first failure the answer is to lie. */
  readonly resolution: number;
}

/** One probe that has ended. */
export interface Tried {
  /** Thousands of tokens. */
  readonly length: number;
  /** `refused` would be the same again; what `failed` may have been chance, and is tried once more. */
  readonly outcome: 'works' | 'refused' | 'failed';
}

/** Where the cliff is; lengths in thousands of tokens. */
export interface Cliff {
  /** The longest that works below the first failure; null: none works. */
  readonly largest: number | null;
  /** The shortest that fails; null: none does up to the bound. */
  readonly firstFailed: number | null;
  /** Lengths that work although a shorter one fails. */
  readonly beyond: readonly number[];
  /** Lengths that failed once and worked when they were tried again. */
  readonly unsteady: readonly number[];
}

/** What comes next: a length to try, or the answer. */
export type CliffStep = { readonly probe: number } | { readonly answer: Cliff };

/**
 * The next length to try. It doubles until one fails or `max` works, then halves the gap between the longest that works
 * and the shortest that fails until it is `resolution`. A failure that may have been chance is tried once more before it
 * is believed, and one length beyond it is looked at, once: a longer one that works shows that there is no one cliff.
 * With a cliff at T that is at most 2 log2(max) + 3 lengths.
 */
export function nextProbe(tried: readonly Tried[], bounds: CliffBounds): CliffStep {
  const { from, max, resolution } = bounds;
  const found = cliffOf(tried);
  const { largest: low, firstFailed: high } = found;
  const last = tried.at(-1);
  const isNew = last !== undefined && tried.filter(({ length }) => length === last.length).length === 1;
  if (last?.outcome === 'failed' && isNew && last.length === high) return { probe: last.length };
  if (high === null) {
    if (low === null) return { probe: from };
    return low >= max ? { answer: found } : { probe: Math.min(2 * low, max) };
  }
  const isRefused = tried.some(({ length, outcome }) => length === high && outcome === 'refused');
  if (!isRefused && high < max && !tried.some(({ length }) => length > high))
    return { probe: Math.min(2 * high, max) };
  if (low === null || high - low <= resolution) return { answer: found };
  return { probe: low + resolution * Math.max(1, Math.floor((high - low) / (2 * resolution))) };
}

/** What the probes so far say of the cliff. */
export function cliffOf(tried: readonly Tried[]): Cliff {
  const lengths = [...new Set(tried.map(({ length }) => length))].sort((a, b) => a - b);
  const some = (length: number, is: (outcome: Tried['outcome']) => boolean): boolean =>
    tried.some((one) => one.length === length && is(one.outcome));
  const works = lengths.filter((length) => some(length, (outcome) => outcome === 'works'));
  const firstFailed = lengths.find((length) => !works.includes(length)) ?? null;
  return {
    largest: works.findLast((length) => firstFailed === null || length < firstFailed) ?? null,
    firstFailed,
    beyond: works.filter((length) => firstFailed !== null && length > firstFailed),
    unsteady: works.filter((length) => some(length, (outcome) => outcome !== 'works')),
  };
}
