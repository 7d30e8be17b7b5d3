import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expId } from './config/identity.ts';
import type { Overrides } from './config/settings.ts';
import { BenchError, type ExitCode } from './errors.ts';
import { recordPath } from './ledger/place.ts';
import { findRow, readLedger } from './ledger/read.ts';
import type { RunRecord } from './ledger/record.ts';
import type { Row } from './ledger/row.ts';
import { openLedger } from './ledger-story.ts';
import { type Plan, planRun, type RunFlags, type StoredExperiment } from './plan.ts';
import { openPlace } from './repository.ts';
import type { Readied } from './set-up.ts';
import type { World } from './world.ts';

/** A row of the ledger and the record that it left. */
export interface StoredRun {
  readonly row: Row;
  readonly record: RunRecord;
}

/** Whether a word names a row and not a file. */
export function namesRow(name: string): boolean {
  return /^iter-\d+$/.test(name) || /^\d{8}T\d{4,6}/.test(name);
}

/**
 * The row that a person names, or the record at a path, with what it left.
 * @throws BenchError (exit 2) when there is none, or no record of it.
 */
export async function storedRun(name: string, world: World, exitCode: ExitCode): Promise<StoredRun> {
  if (name.endsWith('.json')) {
    const record = readRecord(resolve(world.cwd, name), exitCode);
    return { row: record.row, record };
  }
  const { place } = await openLedger(world);
  const row = findRow((await readLedger(place)).rows, name);
  return { row, record: readRecord(recordPath(place, row.run_id), exitCode) };
}

/**
 * The experiment of a row as it was measured: texts of the YAML and its parents from the record, files beside it as they are.
 * @throws BenchError with `exitCode` when they are not what they were, so that it cannot be run again.
 */
export async function planStored(
  { row, record }: StoredRun,
  flags: RunFlags,
  world: World,
  exitCode: ExitCode,
): Promise<Plan> {
  const { place } = await openLedger(world);
  const texts = Object.entries(record.sources ?? {}).map(([path, source]) => [path, source.text]);
  const name = `iter-${row.iter}`;
  if (row.config === null || texts.length === 0)
    throw gone(`${name} does not say what was run`, 'Its record holds no text of the experiment.', exitCode);
  const stored: StoredExperiment = { row, texts: Object.fromEntries(texts) };
  const { rounds, limit, recall } = record.overrides as Overrides;
  const asThen = {
    ...flags,
    rounds: flags.rounds ?? rounds,
    limit: flags.limit ?? limit,
    onlyRecall: flags.onlyRecall ?? recall,
  };
  const plan = await planRun(resolve(place.root, row.config), asThen, world, stored);
  const opened = await openPlace(plan, { ...flags, allowDirty: true }, world);
  if (expId(plan.loaded, opened.trackedFiles) === row.exp_id) return plan;
  const changed = Object.keys(record.files).filter((path) => opened.hashes[path] !== record.files[path]);
  const what =
    changed.length === 0 ? 'what it names is not what it was' : `changed since: ${changed.join(', ')}`;
  throw gone(
    `${name} cannot be measured again as it was: ${what}`,
    `git log -- ${changed[0] ?? row.config} shows when; check that out to measure it.`,
    exitCode,
  );
}

/**
 * Whether what would run is what the row ran: its venv, image or binary by hash.
 * @throws BenchError with `exitCode` when it is not.
 */
export function requireArtifact({ stored }: Plan, { inputs }: Readied, exitCode: ExitCode): void {
  if (stored === null || stored.row.artifact === null) return;
  const then = stored.row.artifact.replace(/-dirty$/, '');
  if (inputs.artifact === then) return;
  throw gone(
    `iter-${stored.row.iter} ran ${then}, and here is ${inputs.artifact ?? 'nothing that is known'}`,
    'Make that venv, image or binary again (its lock or digest is in the experiment), or compare with a newer row.',
    exitCode,
  );
}

function readRecord(path: string, exitCode: ExitCode): RunRecord {
  if (!existsSync(path))
    throw gone(
      `There is no record ${path}`,
      'Rows that a person marked have none; `bench ledger verify` tells which are missing.',
      exitCode,
    );
  return JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
}

function gone(message: string, hint: string, exitCode: ExitCode): BenchError {
  return new BenchError(message, { exitCode, hint });
}
