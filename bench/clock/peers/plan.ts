import type { Cell } from '../plan.ts';

/** The clients of one run, in the order of the tables. */
export const peerNames = ['bench', 'guidellm', 'aiperf'] as const;
export type PeerName = (typeof peerNames)[number];

/** One client under one load. */
export interface PeerStep {
  readonly round: number;
  readonly cell: Cell;
  readonly client: PeerName;
}

/** All clients in every cell of every round, one after the other; who goes first turns by one from cell to cell. */
export function peerSteps(cells: readonly Cell[], clients: readonly PeerName[], rounds: number): PeerStep[] {
  return Array.from({ length: rounds }, (_, round) =>
    cells.flatMap((cell, c) => {
      const turn = (round + c) % clients.length;
      return [...clients.slice(turn), ...clients.slice(0, turn)].map((client) => ({ round, cell, client }));
    }),
  ).flat();
}
