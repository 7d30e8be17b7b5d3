import { existsSync, readFileSync } from 'node:fs';
import { BenchError, ExitCode } from './errors.ts';
import { type LedgerPlace, recordPath } from './ledger/place.ts';
import { selectRows } from './ledger/query.ts';
import { readRows } from './ledger/read.ts';
import { columns, type Row } from './ledger/row.ts';
import { openLedger } from './ledger-story.ts';
import { benchstatText, karpathyTsv, type LaunchValues } from './report/ledger-exports.ts';
import { ledgerCsv } from './report/ledger-table.ts';
import { isMetricName, metricNames, metrics } from './stats/metric.ts';
import type { Summary } from './stats/summary.ts';
import type { World } from './world.ts';

/** Formats that other programs read. */
export type ExportFormat = 'karpathy' | 'benchstat' | 'csv';

/** An export, and what it could not hold. */
export interface LedgerExport {
  readonly texts: Iterable<string>;
  /** Sentences for people; known before the texts are read. */
  readonly notes: readonly string[];
}

/**
 * The ledger in another program's format. `csv` has every row; the others have none that a later row corrects.
 * @param metric null: for karpathy the only one of the ledger, for benchstat all.
 * @throws BenchError (exit 2) when karpathy's one column would have to hold several metrics.
 */
export async function exportLedger(
  format: ExportFormat,
  metric: string | null,
  world: World,
): Promise<LedgerExport> {
  const { place } = await openLedger(world);
  const all = await readRows(place);
  const { rows } = selectRows(all, { isCurrent: true, ...(metric === null ? {} : { metric }) });
  if (format === 'csv') return { texts: ledgerCsv(columns, metric === null ? all : rows), notes: [] };
  return format === 'karpathy' ? asKarpathy(rows, metric) : asBenchstat(rows, all, metric, place);
}

function asKarpathy(rows: readonly Row[], metric: string | null): LedgerExport {
  const names = [...new Set(rows.flatMap((row) => row.metric ?? []))];
  if (metric === null && names.length > 1) {
    throw new BenchError(`The ledger has rows of ${names.join(', ')}, and results.tsv one column for them`, {
      exitCode: ExitCode.usage,
      hint: `Say which: --metric ${names[0]}`,
    });
  }
  const unjudged = rows.filter(({ status }) => status === null).length;
  return {
    texts: karpathyTsv(metric ?? names[0] ?? 'decode_tok_s', rows),
    notes: leftOut(unjudged, 'without a status'),
  };
}

/** @param all rows, for marks stand for others. */
function asBenchstat(
  rows: readonly Row[],
  all: readonly Row[],
  metric: string | null,
  place: LedgerPlace,
): LedgerExport {
  const wanted = metricNames.filter((name) => metric === null || name === metric);
  const measured = rows.filter(({ value }) => value !== null);
  const stood = new Map(all.map((row) => [row.run_id, row]));
  const recorded = measured.flatMap((row) => withRecord(row, stood, place) ?? []);
  return {
    texts: benchstatText(
      wanted.map((name) => [name, metrics[name]] as const),
      launchesOf(byExperiment(recorded), place),
    ),
    notes: leftOut(measured.length - recorded.length, 'without a record, which has the launches'),
  };
}

/** A row as its record's; a mark has none, and stands for the row that it is about. Null: no record is there. */
function withRecord(row: Row, all: ReadonlyMap<string, Row>, place: LedgerPlace): Row | null {
  if (existsSync(recordPath(place, row.run_id))) return row;
  const before = row.supersedes === null ? undefined : all.get(row.supersedes);
  return before === undefined ? null : withRecord(before, all, place);
}

/** Rows of one experiment together, in the order of their first. */
function byExperiment(rows: readonly Row[]): Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.engine, row.model, row.hardware, row.workload, row.config, row.exp_id]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flat();
}

/** Reads one record at a time. */
function* launchesOf(rows: readonly Row[], place: LedgerPlace): Generator<LaunchValues> {
  for (const row of rows) {
    const { summary } = JSON.parse(readFileSync(recordPath(place, row.run_id), 'utf8')) as {
      summary: Summary | null;
    };
    const values = Object.entries(summary?.metrics ?? {}).flatMap(([name, found]) =>
      isMetricName(name) && found !== null ? [[name, found.launchValues] as const] : [],
    );
    yield { row, values: Object.fromEntries(values) };
  }
}

function leftOut(count: number, why: string): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? 'row' : 'rows'} ${why} left out.`];
}
