import type { Row } from './row.ts';

/** The best row of one engine at one size. */
export interface Standing {
  readonly engine: string;
  /** Tensor-parallel size; null: not known. */
  readonly tp: number | null;
  readonly row: Row;
  /** Whether a verdict or a person kept it; a row that is not judged stands only where none was kept. */
  readonly isKept: boolean;
}

/** Rows that may be compared: one hardware, one model, one workload, one metric. */
export interface Platform {
  readonly hardware: string | null;
  /** Its id, without the hash of the weights. */
  readonly model: string | null;
  readonly workload: string | null;
  readonly metric: string;
  /** One for each engine, the best first. */
  readonly engines: readonly Standing[];
  /** One for each engine and size, by engine, then size. */
  readonly cells: readonly Standing[];
}

/** How rows are compared. */
export interface BoardRules {
  readonly tpOf: (row: Row) => number | null;
  readonly isLowerBetter: (metric: string) => boolean;
}

/** The boards of a ledger: rows that were kept, or not judged, with a number; superseded ones must be gone already. */
export function boardOf(rows: readonly Row[], rules: BoardRules): Platform[] {
  const platforms = new Map<string, Row[]>();
  for (const row of rows) {
    if (!mayStand(row)) continue;
    const key = JSON.stringify([row.hardware, modelId(row), row.workload, row.metric]);
    const group = platforms.get(key);
    if (group === undefined) platforms.set(key, [row]);
    else group.push(row);
  }
  return [...platforms.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [platformOf(first, group, rules)];
  });
}

function platformOf(first: Row, rows: readonly Row[], rules: BoardRules): Platform {
  const sign = rules.isLowerBetter(first.metric ?? '') ? -1 : 1;
  const isBetter = (a: Standing, b: Standing): boolean =>
    a.isKept === b.isKept ? sign * ((a.row.value ?? 0) - (b.row.value ?? 0)) > 0 : a.isKept;
  const cells = new Map<string, Standing>();
  const engines = new Map<string, Standing>();
  for (const row of rows) {
    const standing = {
      engine: row.engine ?? '',
      tp: rules.tpOf(row),
      row,
      isKept: row.status === 'keep',
    };
    putBest(cells, JSON.stringify([standing.engine, standing.tp]), standing, isBetter);
    putBest(engines, standing.engine, standing, isBetter);
  }
  return {
    hardware: first.hardware,
    model: modelId(first),
    workload: first.workload,
    metric: first.metric ?? '',
    engines: [...engines.values()].sort((a, b) => sign * ((b.row.value ?? 0) - (a.row.value ?? 0))),
    cells: [...cells.values()].sort(
      (a, b) => compare(a.engine, b.engine) || (a.tp ?? Number.MAX_VALUE) - (b.tp ?? Number.MAX_VALUE),
    ),
  };
}

function putBest(
  best: Map<string, Standing>,
  key: string,
  standing: Standing,
  isBetter: (a: Standing, b: Standing) => boolean,
): void {
  const before = best.get(key);
  if (before === undefined || isBetter(standing, before)) best.set(key, standing);
}

/** A dirty run may stand nowhere: nobody can say what it was. */
function mayStand({ status, reason, value, metric }: Row): boolean {
  if (value === null || metric === null) return false;
  return status === 'keep' || (status === null && reason?.startsWith('dirty') !== true);
}

function modelId({ model }: Row): string | null {
  return model?.split('@')[0] ?? null;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
