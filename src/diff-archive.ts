import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedValue } from './config/recorded.ts';
import { isNode, nodeOf, nodesOf, textIn, textsOf } from './json-node.ts';
import { type LedgerPlace, recordPath } from './ledger/place.ts';
import { readLedgerText } from './ledger/read.ts';
import { readRecord } from './ledger/read-record.ts';
import type { RunRecord } from './ledger/record.ts';
import type { Repo } from './ledger/repo.ts';
import type { Row } from './ledger/row.ts';
import { type LedgerScan, scanLedger } from './ledger/scan.ts';
import { openLedger } from './ledger-story.ts';
import type { World } from './world.ts';

/** What comparisons are made from: the ledger, the records, the repository. */
export interface Archive {
  readonly world: World;
  readonly place: LedgerPlace;
  readonly repo: Repo;
  readonly ledger: LedgerScan;
  /** Folders that hold records, the ledger's own first. */
  readonly folders: readonly string[];
}

/** An experiment as a record or a file tells it. */
export interface KnownExperiment {
  /** Null: not known, for something is wrong with its text. */
  readonly expId: string | null;
  /** Paths relative to the root, parents nearest first. */
  readonly config: string;
  readonly parents: readonly string[];
  readonly values: readonly RecordedValue[];
  /** sha256 of the files it names, by path. */
  readonly files: { readonly [path: string]: string };
  /** Commit whose files it was read from; null: the working tree; undefined: a record. */
  readonly commit?: string | null;
}

/** One side of a comparison: a run, or an experiment that has none. */
export interface DiffSide {
  /** `iter-4`, `configs/x.yaml`, `HEAD~3:configs/x.yaml`. */
  readonly name: string;
  readonly row: Row | null;
  readonly record: RunRecord | null;
  readonly experiment: KnownExperiment | null;
  /** What the reader should know of it, as sentences. */
  readonly notes: readonly string[];
}

/** Opens what belongs to the working directory. */
export async function openArchive(world: World): Promise<Archive> {
  const { place, repo } = await openLedger(world);
  const ledger = scanLedger(await readLedgerText(place));
  return { world, place, repo, ledger, folders: [place.results] };
}

/** The row of a run; null when the ledger has none. */
export function rowOf(archive: Archive, runId: string): Row | null {
  const [row = null] = archive.ledger.where('run_id', runId);
  return row;
}

/** How people call a row. */
export function rowName(row: Row): string {
  return `iter-${row.iter}`;
}

/** A row with its record; a row that a person marked has that of the row it stands for. */
export function sideOfRow(archive: Archive, row: Row, name = rowName(row)): DiffSide {
  const found = recordFor(archive, row);
  if (found === null)
    return { name, row, record: null, experiment: null, notes: [`${name} has no record here.`] };
  const { record, problem, path } = readAt(found);
  const notes = problem === null ? [] : [`The record of ${name}, ${path}, ${problem}.`];
  return { name, row, record, experiment: record === null ? null : experimentOf(record), notes };
}

function readAt(path: string): ReturnType<typeof readRecord> & { path: string } {
  return { ...readRecord(path), path };
}

function recordFor(archive: Archive, row: Row): string | null {
  let at: Row | null = row;
  for (let steps = 0; at !== null && steps < 10; steps += 1) {
    const { run_id: runId, supersedes }: Row = at;
    const path = archive.folders
      .map((folder) => recordPath({ results: folder }, runId))
      .find((each) => existsSync(each));
    if (path !== undefined) return path;
    at = supersedes === null ? null : rowOf(archive, supersedes);
  }
  return null;
}

/** The experiment that a record tells of; null when it was left out. */
export function experimentOf(record: RunRecord): KnownExperiment | null {
  const { experiment, row, files } = record;
  const { config, parents, values } = nodeOf(experiment);
  if (!isNode(experiment) || typeof config !== 'string') return null;
  return {
    expId: row.exp_id,
    config,
    parents: textsOf(parents),
    values: nodesOf(values).map((one) => ({ path: textIn(one, 'path'), value: one.value ?? null })),
    files,
  };
}

/** A path of the repository as a path of this machine. */
export function inRoot(archive: Archive, path: string): string {
  return join(archive.place.root, path);
}
