import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { shownPath } from './config/load.ts';
import { type Archive, type DiffSide, experimentOf, rowName, rowOf } from './diff-archive.ts';
import { BenchError, ExitCode } from './errors.ts';
import { readRecord } from './ledger/read-record.ts';
import type { RunRecord } from './ledger/record.ts';

/** A record of a folder that is in no comparison, and why. */
export interface Unmatched {
  /** Path of the record. */
  readonly name: string;
  readonly side: 'a' | 'b';
  readonly config: string | null;
  readonly why: string;
}

/** Records of two folders that are of the same config and workload. */
export interface MatchedFolders {
  readonly matches: readonly (readonly [DiffSide, DiffSide])[];
  readonly unmatched: readonly Unmatched[];
}

/** What a record is matched by, and where it is. */
interface Entry {
  readonly path: string;
  readonly key: string;
  readonly config: string | null;
  readonly workload: string | null;
  readonly startedAt: string;
}

/**
 * The records of two folders, matched by config and workload; of several the newest, the others are listed.
 * @throws BenchError (exit 2) when one of them holds no record.
 */
export function matchFolders(archive: Archive, a: string, b: string): MatchedFolders {
  const [one, other] = [readFolder(a, 'a'), readFolder(b, 'b')];
  const keys = [...one.newest.keys()].filter((key) => other.newest.has(key)).sort();
  const matches = keys.map((key) =>
    [one, other].map((side) => sideOf(archive, side.newest.get(key)?.path ?? '')),
  );
  return {
    matches: matches as unknown as MatchedFolders['matches'],
    unmatched: [
      ...one.unmatched,
      ...alone(one, other, 'a', b),
      ...other.unmatched,
      ...alone(other, one, 'b', a),
    ],
  };
}

interface Folder {
  readonly newest: ReadonlyMap<string, Entry>;
  readonly unmatched: readonly Unmatched[];
}

function readFolder(path: string, side: 'a' | 'b'): Folder {
  const names = readdirSync(path).filter((name) => name.endsWith('.json'));
  const newest = new Map<string, Entry>();
  const unmatched: Unmatched[] = [];
  const leaveOut = (name: string, config: string | null, why: string): void => {
    unmatched.push({ name, side, config, why });
  };
  for (const name of names.sort()) {
    const file = join(path, name);
    const { record, problem } = readRecord(file);
    if (record === null) {
      leaveOut(file, null, problem);
      continue;
    }
    const entry = entryOf(record, file);
    const known = newest.get(entry.key);
    const isNewer = known === undefined || entry.startedAt > known.startedAt;
    const older = isNewer ? known : entry;
    if (isNewer) newest.set(entry.key, entry);
    if (older !== undefined)
      leaveOut(older.path, older.config, 'a newer record is of the same config and workload');
  }
  if (newest.size > 0) return { newest, unmatched };
  throw new BenchError(`${path} holds no record.`, {
    exitCode: ExitCode.usage,
    hint: 'A folder of records is what `results/` is: one <run_id>.json a run.',
  });
}

function entryOf({ row, startedAt }: RunRecord, path: string): Entry {
  const { config, workload } = row;
  return { path, key: JSON.stringify([config, workload]), config, workload, startedAt };
}

/** Those whose config and workload the other folder lacks. */
function alone(folder: Folder, other: Folder, side: 'a' | 'b', elsewhere: string): Unmatched[] {
  const others = [...other.newest.values()];
  return [...folder.newest.values()]
    .filter(({ key }) => !other.newest.has(key))
    .map(({ path, config, workload }) => {
      const sameConfig = others.find((one) => one.config === config);
      const why =
        sameConfig === undefined
          ? `${basename(elsewhere)} has no record of ${config ?? 'no config'}`
          : `another workload: ${workload ?? 'none'}, there ${sameConfig.workload ?? 'none'}`;
      return { name: path, side, config, why };
    });
}

/** Read again, for of hundreds of records only a match is needed at a time. */
function sideOf(archive: Archive, path: string): DiffSide {
  const { record } = readRecord(path);
  const row = record === null ? null : (rowOf(archive, record.runId) ?? record.row);
  const isInLedger = row !== null && row !== record?.row;
  return {
    name: isInLedger ? rowName(row) : shownPath(path, archive.world.cwd),
    row,
    record,
    experiment: record === null ? null : experimentOf(record),
    notes: [],
  };
}
