import type { DiffGroup } from './diff-groups.ts';

/** What a place of the arranged document means. */
export interface DiffRule {
  /** Steps from the top: `*` is any one, `**` at the end is the rest. */
  readonly at: string;
  readonly group: DiffGroup | 'noise';
  /** In people's words; `$1`, `$2`: what the stars stand for. */
  readonly subject: string;
  readonly as?: ValueKind;
  /** The first star is one of several GPUs or processes: what differs alike in all is said once. */
  readonly each?: 'GPU' | 'process';
  /** Not being there means that it is not set, rather than that the other document is of another format. */
  readonly mayLack?: true;
  /** What the first star must be. */
  readonly only?: RegExp;
  /** Relative differences up to this are noise. */
  readonly tolerance?: number;
  /** Only being there or not counts, values are noise. */
  readonly valuesAreNoise?: true;
}

/** How a value is compared and written. */
export type ValueKind = 'version' | 'bytes' | 'hash' | 'number' | 'build';

type Line = readonly [at: string, subject: string, how?: Partial<DiffRule>];

/** Rules of one group, in the order in which their differences are told. */
export function rulesOf(group: DiffGroup | 'noise', lines: readonly Line[]): DiffRule[] {
  return lines.map(([at, subject, how]) => ({ at, subject, group, ...how }));
}
