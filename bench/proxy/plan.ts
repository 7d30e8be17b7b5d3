import type { Cell } from '../clock/plan.ts';

/** How the client reaches the engine, in the order of the tables. */
export const pathNames = ['direct', 'nginx', 'proxy'] as const;
export type PathName = (typeof pathNames)[number];

/** One client process under one load over one path. */
export interface Step {
  readonly round: number;
  readonly cell: Cell;
  readonly path: PathName;
}

/** Every path in every cell in every round; their order turns, so that no path always follows the same one. */
export function steps(cells: readonly Cell[], paths: readonly PathName[], rounds: number): Step[] {
  return Array.from({ length: rounds }, (_, round) =>
    cells.flatMap((cell, c) => {
      const turn = (round + c) % paths.length;
      const order = [...paths.slice(turn), ...paths.slice(0, turn)];
      if (round % 2 === 1) order.reverse();
      return order.map((path) => ({ round, cell, path }));
    }),
  ).flat();
}
