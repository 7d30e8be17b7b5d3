import { createHistogram } from 'node:perf_hooks';
import type { Clock } from './clock.ts';

/** How late this process's event loop was, ms. */
export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly samples: number;
}

/** Coarse enough to cost nothing beside an engine, fine enough to meet any stall that moves a percentile. */
const periodMs = 5;

/**
 * Samples how late a timer fires while requests are in flight. Not `monitorEventLoopDelay`: it takes the pause
 * between `disable` and `enable` for a delay, and what bench does between requests disturbs no measurement.
 */
export class LoopDelayMonitor {
  private readonly histogram = createHistogram();
  private readonly clock: Clock;
  private timer: NodeJS.Timeout | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Starts sampling; harmless when it runs already. */
  resume(): void {
    if (this.timer === null) this.schedule();
  }

  /** Stops sampling; `result` keeps what was seen. */
  pause(): void {
    clearTimeout(this.timer ?? undefined);
    this.timer = null;
  }

  /** Null when no sample was taken. */
  result(): LoopDelay | null {
    const { histogram } = this;
    if (histogram.count === 0) return null;
    const ms = (ns: number) => ns / 1e6;
    return {
      p50Ms: ms(histogram.percentile(50)),
      p99Ms: ms(histogram.percentile(99)),
      maxMs: ms(histogram.max),
      samples: histogram.count,
    };
  }

  private schedule(): void {
    const dueNs = this.clock.now() + periodMs * 1e6;
    this.timer = setTimeout(() => {
      // The histogram begins at 1.
      this.histogram.record(Math.max(1, this.clock.now() - dueNs));
      this.schedule();
    }, periodMs);
  }
}

/**
 * What a loop delay says about a measurement: `client-late` makes it invalid (the p99 delay is above one median
 * gap between tokens), `loop-delay` is a finding (above a tenth of it), null is fine or cannot be told.
 */
export function judgeLoopDelay(
  delay: LoopDelay | null,
  medianItlMs: number | null,
): 'client-late' | 'loop-delay' | null {
  if (delay === null || medianItlMs === null) return null;
  if (delay.p99Ms > medianItlMs) return 'client-late';
  return delay.p99Ms > medianItlMs / 10 ? 'loop-delay' : null;
}
