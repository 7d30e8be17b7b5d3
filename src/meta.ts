import { join } from 'node:path';
import { type Json, sha256Hex } from './canonical.ts';
import { BenchError, ExitCode } from './errors.ts';
import { isNode, nodeOf, textIn } from './json-node.ts';
import { recordPath } from './ledger/place.ts';
import { findRow, readLedger } from './ledger/read.ts';
import type { Row } from './ledger/row.ts';
import { openLedger } from './ledger-story.ts';
import {
  fromBundle,
  fromPath,
  fromRecord,
  parse,
  recordIn,
  type StoredSnapshot,
  snapshotsIn,
} from './meta-stored.ts';
import { readMeta } from './meta-url.ts';
import { diffSnapshots, type SnapshotDiff } from './snapshot/diff.ts';
import type { World } from './world.ts';

/** A snapshot that was asked for, and where it came from. */
export interface ReadSnapshot extends Omit<StoredSnapshot, 'from'> {
  /** How people name it: `iter-3`, a path, a URL. */
  readonly name: string;
  readonly from: StoredSnapshot['from'] | 'proxy';
  /** Canonical JSON of the document, byte for byte as it was frozen unless it comes from a record. */
  readonly text: string;
  /** Of `text`, lower-case hex. */
  readonly sha256: string;
  readonly document: Json;
}

/** What was asked besides the name. */
export interface MetaFlags {
  /** Null: the last that has a snapshot. */
  readonly launch: number | null;
  /** Holds the Bearer token that a proxy beyond loopback asks for. */
  readonly tokenFile: string | null;
}

/** Two snapshots and what differs. */
export interface MetaDiff extends SnapshotDiff {
  readonly a: ReadSnapshot;
  readonly b: ReadSnapshot;
}

/** A snapshot, and what is known of where it came from. */
type Found = Omit<ReadSnapshot, 'name' | 'sha256' | 'document'>;

/**
 * Reads the snapshot that a person names: `iter-3`, `iter-3:2` (its second launch), a run id or its beginning, the path
 * of a snapshot.json, a bundle or a record, or the URL of a `bench proxy`.
 * @param name null: the newest of the ledger that has one.
 * @throws BenchError exit 2 when there is none, exit 5 when a proxy does not answer or has none yet.
 */
export async function readSnapshot(
  name: string | null,
  flags: MetaFlags,
  world: World,
): Promise<ReadSnapshot> {
  if (name === null) return newest(flags, world);
  if (/^https?:\/\//i.test(name)) {
    const answer = await readMeta(name, flags.tokenFile, world);
    return complete(name, { from: 'proxy', launches: null, notes: [], ...answer });
  }
  if (name.includes('/') || name.endsWith('.json'))
    return complete(name, fromPath(name, flags.launch, world.cwd));
  const [, bare = name, number] = /^(.+):([1-9]\d*)$/.exec(name) ?? [];
  const launch = number === undefined ? flags.launch : Number(number);
  const { place } = await openLedger(world);
  const row = findRow((await readLedger(place)).rows, bare);
  return complete(`iter-${row.iter}`, fromRow(row, place, launch, world.cwd));
}

/** Two snapshots by {@link readSnapshot}, and what differs from the first to the second. */
export async function diffMeta(a: string, b: string, flags: MetaFlags, world: World): Promise<MetaDiff> {
  const [one, other] = [await readSnapshot(a, flags, world), await readSnapshot(b, flags, world)];
  return { a: one, b: other, ...diffSnapshots(one.document, other.document) };
}

async function newest(flags: MetaFlags, world: World): Promise<ReadSnapshot> {
  const { place } = await openLedger(world);
  const { rows } = await readLedger(place);
  const row = rows.findLast((each) => hasSnapshot(each, place));
  const last = rows.at(-1);
  if (row === undefined || last === undefined) {
    throw new BenchError(
      rows.length === 0 ? 'The ledger is empty.' : 'No row of the ledger has a snapshot here.',
      {
        exitCode: ExitCode.usage,
        hint: 'Name a file or the URL of a `bench proxy`: bench meta http://127.0.0.1:8100',
      },
    );
  }
  const read = complete(`iter-${row.iter}`, fromRow(row, place, flags.launch, world.cwd));
  if (row === last) return read;
  return { ...read, notes: [`iter-${last.iter} is newer and has no snapshot here.`, ...read.notes] };
}

type Place = Awaited<ReturnType<typeof openLedger>>['place'];

function hasSnapshot(row: Row, place: Place): boolean {
  return (
    snapshotsIn(bundleOf(row, place)).length > 0 || isNode(recordIn(recordPath(place, row.run_id))?.snapshot)
  );
}

function bundleOf(row: Row, place: Place): string {
  return join(place.root, '.bench_runs', row.run_id);
}

function fromRow(row: Row, place: Place, launch: number | null, cwd: string): StoredSnapshot {
  const bundle = bundleOf(row, place);
  if (snapshotsIn(bundle).length > 0) return fromBundle(bundle, launch, cwd);
  const path = recordPath(place, row.run_id);
  const record = recordIn(path);
  if (record === null) {
    throw new BenchError(`iter-${row.iter} has neither a bundle on this machine nor a record.`, {
      exitCode: ExitCode.usage,
      hint: 'Rows that a person marked or that were mended have none.',
    });
  }
  return fromRecord(record, path, launch, cwd);
}

function complete(name: string, found: Found): ReadSnapshot {
  const document = parse(found.text);
  const format = textIn(nodeOf(document), 'format');
  if (document === undefined || !format.startsWith('bench-snapshot-')) {
    throw new BenchError(`${found.place} holds no snapshot.`, {
      exitCode: ExitCode.usage,
      hint: document === undefined ? 'It is not JSON.' : 'A snapshot has `"format": "bench-snapshot-1"`.',
    });
  }
  const notes =
    format === 'bench-snapshot-1' ? found.notes : [...found.notes, `It is of another format: ${format}.`];
  return { ...found, name, notes, document, sha256: sha256Hex(found.text) };
}
