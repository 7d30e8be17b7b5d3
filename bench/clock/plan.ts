/** The clients of one run, in the order of the tables. */
export const clientNames = ['floor', 'net', 'http', 'undici', 'bench'] as const;
export type ClientName = (typeof clientNames)[number];

/** burst: all streams get a token on the same tick, as from a batched decode step. staggered: each on its own phase. */
export type Mode = 'burst' | 'staggered';

/** One load that every client is put under. */
export interface Cell {
  readonly streams: number;
  readonly mode: Mode;
  /** Requests a stream that count, after `warmup` ones that do not. */
  readonly measured: number;
  readonly warmup: number;
}

/** One client process under one load. */
export interface Step {
  readonly round: number;
  readonly cell: Cell;
  readonly client: ClientName;
}

/** How the engine paces: 100 tokens/s a stream. */
export const pace = { ttftMs: 30, itlMs: 10, tokens: 16 } as const;

/** How long one request takes, ms. */
export const requestMs = pace.ttftMs + pace.tokens * pace.itlMs;

/**
 * Stream counts -> loads. One stream has no burst: nothing else is on its tick. With many streams the warm-up lasts
 * until V8 has compiled what is hot, some ten thousand tokens; one stream would need minutes for that, in use too.
 */
export function cellsFor(streamCounts: readonly number[], modes: readonly Mode[], quick: boolean): Cell[] {
  return streamCounts.flatMap((streams) => {
    const here: readonly Mode[] = streams === 1 ? ['staggered'] : modes;
    return here.map((mode) => ({ streams, mode, ...requestsFor(streams, quick) }));
  });
}

function requestsFor(streams: number, quick: boolean): Pick<Cell, 'measured' | 'warmup'> {
  if (streams === 1) return quick ? { measured: 20, warmup: 10 } : { measured: 60, warmup: 15 };
  const warmup = streams < 32 ? 16 : 24;
  return { measured: quick ? 6 : 14, warmup };
}

/**
 * Every client in every cell in every round, interleaved: the order of clients turns by one from round to round and
 * from cell to cell, and is reversed in odd rounds, so that no client always follows the same one.
 */
export function steps(cells: readonly Cell[], clients: readonly ClientName[], rounds: number): Step[] {
  return Array.from({ length: rounds }, (_, round) =>
    cells.flatMap((cell, c) => {
      const turn = (round + c) % clients.length;
      const order = [...clients.slice(turn), ...clients.slice(0, turn)];
      if (round % 2 === 1) order.reverse();
      return order.map((client) => ({ round, cell, client }));
    }),
  ).flat();
}
