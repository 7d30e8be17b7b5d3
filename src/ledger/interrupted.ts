import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isGone } from '../process-identity.ts';
import { type LedgerPlace, recordPath } from './place.ts';
import { recordSchema } from './record.ts';
import { emptyRow, type NewRow, rowSchema } from './row.ts';
import { runIdPattern } from './run-id.ts';

const runFileSchema = z.looseObject({
  runId: z.string().regex(runIdPattern),
  expId: z.string().nullish(),
  engine: z.string().nullish(),
  startedAt: z.string(),
  bench: z
    .looseObject({ version: z.string(), commit: z.string().nullish(), dirty: z.boolean().nullish() })
    .nullish(),
  bundleOf: z.string().nullish(),
  outcome: z.string().nullish(),
  pairs: z.looseObject({ kind: z.string() }).nullish(),
  process: z
    .looseObject({
      pid: z.int(),
      startTicks: z.string().nullable(),
      bootId: z.string().nullable(),
      pidNamespace: z.string().nullable(),
    })
    .nullish(),
  row: z.record(z.string(), z.unknown()).nullish(),
});

/** Runs in pairs that write no row. */
const rowless: ReadonlySet<string> = new Set(['calibrate', 'check']);

/** Rows that killed runs never got to write, oldest first, and what cannot be decided. */
export interface Interrupted {
  readonly rows: readonly NewRow[];
  readonly problems: readonly string[];
}

/**
 * Looks for runs without a row: a bundle that launched something and whose bench is gone gives a row `discard`,
 * `interrupted` with empty measurements; a record (written just before its row) gives the row it holds.
 */
export async function findInterrupted(place: LedgerPlace, known: ReadonlySet<string>): Promise<Interrupted> {
  const rows: NewRow[] = [];
  const problems: string[] = [];
  for (const runId of await unlisted(place, known)) {
    const recorded = await rowOfRecord(place, runId);
    const found = recorded ?? (await rowOfBundle(join(place.root, '.bench_runs', runId)));
    if (typeof found === 'string') problems.push(`${runId}: ${found}`);
    else if (found !== null) rows.push(found);
  }
  return { rows, problems };
}

/** What the column `harness` holds: version and commit of bench. */
export function harnessCell(bench: {
  version: string;
  commit?: string | null | undefined;
  dirty?: boolean | null | undefined;
}): string {
  const commit = bench.commit ? `+${bench.commit.slice(0, 12)}` : '';
  return `${bench.version}${commit}${bench.dirty === true ? '-dirty' : ''}`;
}

async function unlisted(place: LedgerPlace, known: ReadonlySet<string>): Promise<string[]> {
  const bundles = await readdir(join(place.root, '.bench_runs')).catch(() => []);
  const records = await readdir(place.results).catch(() => []);
  const runIds = [...bundles, ...records.map((name) => name.replace(/\.json$/, ''))];
  return [...new Set(runIds)].filter((runId) => runIdPattern.test(runId) && !known.has(runId)).sort();
}

async function rowOfRecord(place: LedgerPlace, runId: string): Promise<NewRow | null> {
  const text = await readFile(recordPath(place, runId), 'utf8').catch(() => null);
  const parsed = text === null ? null : recordSchema.shape.row.safeParse(parseJson(text)?.row);
  if (parsed?.success !== true || parsed.data.run_id !== runId) return null;
  const { iter: _, ...row } = parsed.data;
  return row;
}

/** The row, null when there is none to write, or why that cannot be told. */
async function rowOfBundle(bundle: string): Promise<NewRow | string | null> {
  const text = await readFile(join(bundle, 'run.json'), 'utf8').catch(() => null);
  const launches = await readdir(join(bundle, 'launches')).catch(() => []);
  if (text === null || launches.length === 0) return null;
  const parsed = runFileSchema.safeParse(parseJson(text));
  if (!parsed.success) return 'its run.json cannot be read';
  const run = parsed.data;
  // Neither the other bundle of a run nor what a proxy, a calibration or a check left makes a row.
  if (run.bundleOf || run.outcome === 'proxy' || rowless.has(run.pairs?.kind ?? '')) return null;
  if (!run.process) return 'its run.json does not say which process ran it, so it may still be running';
  if (!isGone(run.process)) return null;
  const cells = {
    ...emptyRow({ run_id: run.runId, started_at: run.startedAt }),
    exp_id: run.expId ?? null,
    engine: run.engine ?? null,
    harness: run.bench ? harnessCell(run.bench) : null,
    ...run.row,
    run_id: run.runId,
    status: 'discard',
    reason: 'interrupted: bench was killed without a word',
  };
  const row = rowSchema.omit({ iter: true }).safeParse(cells);
  return row.success ? row.data : `its run.json does not make a row: ${row.error.issues[0]?.message}`;
}

function parseJson(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
