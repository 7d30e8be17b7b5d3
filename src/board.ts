import { existsSync, readFileSync } from 'node:fs';
import { tensorParallelSize } from './engines/tensor-parallel.ts';
import { nodeOf, nodesOf } from './json-node.ts';
import { boardOf, type Platform } from './ledger/board.ts';
import { type LedgerPlace, recordPath } from './ledger/place.ts';
import { selectRows } from './ledger/query.ts';
import { readRows } from './ledger/read.ts';
import type { Row } from './ledger/row.ts';
import { openLedger } from './ledger-story.ts';
import { isMetricName, metrics } from './stats/metric.ts';
import type { World } from './world.ts';

/** The best rows of the ledger by platform. @param metric null: every metric has boards of its own. */
export async function readBoard(metric: string | null, world: World): Promise<Platform[]> {
  const { place } = await openLedger(world);
  const { rows } = selectRows(await readRows(place), {
    isCurrent: true,
    ...(metric === null ? {} : { metric }),
  });
  return boardOf(rows, {
    tpOf: (row) => tpOf(row, place),
    isLowerBetter: (name) => isMetricName(name) && metrics[name].better === 'lower',
  });
}

/** A mark has no record of its own: then that of the run it is about tells. */
function tpOf(row: Row, place: LedgerPlace): number | null {
  if (row.engine === null) return null;
  if (row.engine === 'llamacpp') return 1;
  const paths = [row.run_id, row.supersedes].flatMap((runId) =>
    runId === null ? [] : [recordPath(place, runId)],
  );
  const path = paths.find((each) => existsSync(each));
  const args = path === undefined ? null : argsIn(readFileSync(path, 'utf8'));
  return args === null ? null : tensorParallelSize(row.engine, args);
}

/** The words of the command line in a record; only the line that holds them is parsed. Null: it holds none. */
function argsIn(text: string): string[] | null {
  const line = /^"experiment":(.*?),?$/m.exec(text)?.[1];
  if (line === undefined) return null;
  const values = nodesOf(nodeOf(JSON.parse(line)).values);
  const words = values.filter(({ path }) => /^(?:cmd|args)\.\d+$/.test(String(path)));
  return values.length === 0 ? null : words.map(({ value }) => String(value));
}
