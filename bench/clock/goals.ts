import { median } from './compare.ts';
import { pace } from './plan.ts';
import type { Judged, Line } from './summarize.ts';

/** bench's own client (or the raw net client where bench's was not run) against its yardstick. */
export interface Ratio {
  readonly streams: number;
  readonly mode: Line['mode'];
  readonly client: Line['client'];
  readonly against: Line['client'];
  readonly error: Judged;
  readonly at: 'p50' | 'p99';
  /** Pooled over all rounds. */
  readonly ratio: number;
  /** Median over rounds of the ratio inside a round, and the lowest and highest. */
  readonly perRound: { readonly median: number; readonly lo: number; readonly hi: number };
  /** Null where the goals say nothing: shown, not judged. */
  readonly limit: number | null;
  readonly met: boolean | null;
}

/** TTFT and gap errors: at 1 stream at most twice the C floor's, at 64 at most 1.2 times the raw net client's. */
const limits = [
  { streams: 1, against: 'floor', limit: 2 },
  { streams: 64, against: 'net', limit: 1.2 },
] as const;

/** Lines -> every ratio to the floor and to the raw net client, with the goals judged where they apply. */
export function ratios(lines: readonly Line[]): Ratio[] {
  const candidates = lines.filter((line) => line.client === 'bench');
  const measured = candidates.length > 0 ? candidates : lines.filter((line) => line.client === 'net');
  return measured.flatMap((line) =>
    (['floor', 'net'] as const).flatMap((against) => {
      const other = lines.find(
        (it) => it.client === against && it.streams === line.streams && it.mode === line.mode,
      );
      return other === undefined || other === line ? [] : compare(line, other);
    }),
  );
}

function compare(line: Line, other: Line): Ratio[] {
  const goal = limits.find((it) => it.streams === line.streams && it.against === other.client)?.limit ?? null;
  return (['ttftUs', 'gapUs', 'chunkUs'] as const).flatMap((error) =>
    (['p50', 'p99'] as const).map((at) => {
      const limit = error === 'chunkUs' ? null : goal;
      const inside = line.rounds.map(
        (round, i) => round[error][at] / (other.rounds[i]?.[error][at] ?? Number.NaN),
      );
      const ratio = line.warm[error][at] / other.warm[error][at];
      return {
        streams: line.streams,
        mode: line.mode,
        client: line.client,
        against: other.client,
        error,
        at,
        ratio,
        perRound: { median: median(inside), lo: Math.min(...inside), hi: Math.max(...inside) },
        limit,
        met: limit === null ? null : ratio <= limit,
      };
    }),
  );
}

/** What the reader must know before believing the lines, one sentence each. */
export function warnings(lines: readonly Line[]): string[] {
  const effectUs = (pace.itlMs * 1000) / 10;
  const late = lines.filter((line) => line.warm.jitterUs.p99 > effectUs);
  const where = late.map(({ streams, mode, client }) => `${streams} ${mode} ${client}`).join(', ');
  const latest = Math.max(...late.map((line) => line.warm.jitterUs.p99)) / 1000;
  const jitter =
    late.length === 0
      ? []
      : [
          `the engine sent p99 up to ${latest.toFixed(1)} ms late, over 10 % of the ${pace.itlMs} ms gap, in: ${where}` +
            ' (in a burst that is the queue of its own writes; errors are counted from what it sent, not from what was due)',
        ];
  const foreign = Math.max(...lines.map((line) => line.foreignCpuPct));
  const steal = Math.max(...lines.map((line) => line.stealPct));
  const busy =
    foreign > 5 ? [`other processes took up to ${foreign.toFixed(0)} % of a core: not a quiet machine`] : [];
  const stolen = steal > 1 ? [`the hypervisor took up to ${steal.toFixed(1)} % of a core`] : [];
  return [...busy, ...stolen, ...jitter];
}
