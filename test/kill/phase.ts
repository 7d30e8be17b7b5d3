/** What bench is doing, in the order of a run. */
export const phases = ['set-up', 'start', 'warm-up', 'measuring', 'stop', 'append'] as const;
export type Phase = (typeof phases)[number];

/** The progress lines that open a phase; `set-up` opens with the process. */
const openings: readonly (readonly [RegExp, Phase])[] = [
  [/^launch: starting /, 'start'],
  [/^launch: warming up$/, 'warm-up'],
  [/^launch: measuring$/, 'measuring'],
  [/^launch: stopping the engine$/, 'stop'],
  [/^writing the row$/, 'append'],
];

/** The phase that a progress line opens, or null. */
export function opens(line: string): Phase | null {
  return openings.find(([pattern]) => pattern.test(line))?.[1] ?? null;
}

/** How long each phase of an undisturbed run takes, in ms. */
export type PhaseTimes = Readonly<Record<Phase, number>>;

/** Length of a whole run in ms. */
export function runMs(times: PhaseTimes): number {
  return phases.reduce((sum, phase) => sum + times[phase], 0);
}

/** Start of each phase reached, and the end, in ms since the spawn -> lengths. */
export function lengths(startsMs: ReadonlyMap<Phase, number>, endMs: number): PhaseTimes {
  const starts = phases.map((phase) => startsMs.get(phase) ?? Number.NaN);
  return Object.fromEntries(
    phases.map((phase, at) => [phase, (starts[at + 1] ?? endMs) - (starts[at] ?? Number.NaN)]),
  ) as PhaseTimes;
}
