import type { PairResult } from './comparison.ts';

/** The host at one moment: what may not change while a pair is measured. */
export interface MachineMoment {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly bootMs: number;
  /** The facts behind the fingerprint, by name, each as text. */
  readonly facts: { readonly [name: string]: string };
}

/** Under what a launch was measured. */
export interface LaunchConditions {
  readonly arm: 'baseline' | 'candidate';
  readonly before: MachineMoment;
  readonly after: MachineMoment;
  /** Share of all processors' time that neither the engine nor bench had, %; null: not counted. */
  readonly foreignPercent: number | null;
  /** Ms for which the hardware slowed a GPU down, by reason; a reason that held for an unknown time counts as NaN. */
  readonly slowedMs: { readonly [reason: string]: number };
  readonly measuredMs: number;
  /** What made its own numbers void: `cache-reused`, `client-late`, `compiling` ... */
  readonly invalid: readonly string[];
  /** It compiled something although the engine had been primed. */
  readonly hasCompiled: boolean;
}

/** Why a pair does not count. */
export type Invalidity = NonNullable<PairResult['invalid']>;

/** A clock that steps less than this, and in proportion less than 0.1 %, is being steered, not set. */
const steeredMs = 500;
const steeredShare = 0.001;

/** A power cap that held for so much more of one launch than of the other tells them apart. */
const cappedShare = 0.1;

const capped = /^(?:sw_power_cap|sw_power_capping|sync_boost)$/;

/**
 * Why two launches cannot be compared: a suspended machine, a clock that was set, a policy or device that changed, a GPU
 * that the hardware slowed down, foreign load, compiling, or numbers that are void by themselves. A power cap counts
 * only when it differs between the arms: one that holds in both is how this machine runs. Null: they can.
 * @param largestForeignPercent how much more of all processors' time others may have in one launch than in the other.
 */
export function pairInvalidity(
  launches: readonly [LaunchConditions, LaunchConditions],
  largestForeignPercent: number,
): Invalidity | null {
  const [first, second] = launches;
  return (
    movedBetween(first.before, second.after) ??
    launches.map(ownInvalidity).find((found) => found !== null) ??
    cappedInOne(launches) ??
    foreignLoad(launches, largestForeignPercent)
  );
}

/** What happened to the machine between two moments; null: nothing that is seen. */
export function movedBetween(before: MachineMoment, after: MachineMoment): Invalidity | null {
  const monotonicMs = after.monotonicMs - before.monotonicMs;
  const asleepMs = after.bootMs - before.bootMs - monotonicMs;
  if (asleepMs > steeredMs)
    return { code: 'suspended', text: `The machine was suspended for ${seconds(asleepMs)}.` };
  const steppedMs = after.wallMs - before.wallMs - monotonicMs;
  if (Math.abs(steppedMs) > Math.max(steeredMs, steeredShare * monotonicMs))
    return { code: 'clock-stepped', text: `The wall clock was set by ${seconds(steppedMs)}.` };
  const changed = Object.keys({ ...before.facts, ...after.facts }).filter(
    (name) => before.facts[name] !== after.facts[name],
  );
  if (changed.length === 0) return null;
  const told = changed.map(
    (name) => `${name} ${before.facts[name] ?? 'none'} -> ${after.facts[name] ?? 'none'}`,
  );
  return { code: 'machine-changed', text: `The machine changed: ${told.join(', ')}.` };
}

function ownInvalidity({ arm, invalid, slowedMs, hasCompiled }: LaunchConditions): Invalidity | null {
  const [detail] = invalid;
  if (detail !== undefined)
    return { code: detail, text: `The ${arm}'s numbers are void: ${invalid.join(', ')}.` };
  const slowed = Object.keys(slowedMs).filter((reason) => !capped.test(reason));
  if (slowed.length > 0)
    return { code: 'throttled', text: `The hardware slowed the ${arm}'s GPU down: ${slowed.join(', ')}.` };
  if (hasCompiled)
    return { code: 'compiling', text: `The ${arm} compiled something again after it was primed.` };
  return null;
}

function cappedInOne([one, other]: readonly [LaunchConditions, LaunchConditions]): Invalidity | null {
  const difference = Math.abs(capShare(one) - capShare(other));
  if (difference <= cappedShare) return null;
  const more = capShare(one) > capShare(other) ? one : other;
  return { code: 'power-cap', text: `A power cap held the ${more.arm} back more than the other arm.` };
}

/** Share of the measured time under a power cap; of one whose time is not counted, all of it. */
function capShare({ slowedMs, measuredMs }: LaunchConditions): number {
  const held = Object.entries(slowedMs).filter(([reason]) => capped.test(reason));
  return Math.max(0, ...held.map(([, ms]) => (Number.isNaN(ms) || measuredMs <= 0 ? 1 : ms / measuredMs)));
}

function foreignLoad(
  [one, other]: readonly [LaunchConditions, LaunchConditions],
  largest: number,
): Invalidity | null {
  if (one.foreignPercent === null || other.foreignPercent === null) return null;
  if (Math.abs(one.foreignPercent - other.foreignPercent) <= largest) return null;
  const told = [one, other].map(({ arm, foreignPercent }) => `${foreignPercent} % beside the ${arm}`);
  return { code: 'load', text: `Other processes had ${told.join(', ')} of the processors' time.` };
}

function seconds(ms: number): string {
  return `${ms > 0 ? '' : '-'}${(Math.abs(ms) / 1000).toFixed(1)} s`;
}
