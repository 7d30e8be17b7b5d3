import { canonicalJson, sha256Hex } from './canonical.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { CliffBounds } from './search/cliff.ts';
import { contextName, parseContext } from './workload/babilong/task.ts';

/** How the longest context is looked for. */
export interface CliffPlan {
  readonly by: 'requests' | 'launches';
  readonly bounds: CliffBounds;
}

/** What the command line says of it, in its own words. */
export interface CliffWords {
  readonly max?: string | undefined;
  readonly resolution?: string | undefined;
  /** The one length of a single check. */
  readonly smoke?: string | undefined;
  readonly by: 'requests' | 'launches';
}

const defaultMax = '128k';

/** @throws BenchError (exit 2) for a length that is none, for 0k, and for a single check that is also given bounds. */
export function planCliff({ max, resolution, smoke, by }: CliffWords): CliffPlan {
  if (smoke === undefined) {
    const bounds = {
      from: 1,
      max: thousands('--max', max ?? defaultMax),
      resolution: thousands('--resolution', resolution ?? '1k'),
    };
    return { by, bounds };
  }
  if (max !== undefined || resolution !== undefined) {
    throw new BenchError('--smoke is a single check: it has neither --max nor --resolution', {
      exitCode: ExitCode.usage,
      hint: 'Leave them out, or leave --smoke out to search.',
    });
  }
  const only = thousands('--smoke', smoke);
  return { by, bounds: { from: only, max: only, resolution: 1 } };
}

function thousands(flag: string, text: string): number {
  const length = lengthOf(flag, text) / 1000;
  if (length > 0) return length;
  throw new BenchError(`${flag} ${text}: the shortest context with any noise is 1k`, {
    exitCode: ExitCode.usage,
  });
}

function lengthOf(flag: string, text: string): number {
  try {
    return parseContext(text);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    throw new BenchError(`${flag}: ${error.message}`, { exitCode: ExitCode.usage, hint: error.hint });
  }
}

/** A length of the search by its name: 4 -> `4k`. */
export function lengthName(length: number): string {
  return contextName(length * 1000);
}

/** 12 hex that name what is looked for; `items`: the hash of how items are made and asked. */
export function cliffWorkload({ by, bounds }: CliffPlan, items: string): string {
  return sha256Hex(canonicalJson({ cliff: { by, ...bounds, items } })).slice(0, 12);
}
