import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { canonicalJson, type Json } from './canonical.ts';
import { BenchError, ExitCode } from './errors.ts';
import { isNode, nodeOf, nodesOf } from './json-node.ts';

/** A snapshot as it is stored, and what is known of where it came from. */
export interface StoredSnapshot {
  readonly from: 'bundle' | 'record' | 'file';
  /** Path, relative to the working directory where that is shorter. */
  readonly place: string;
  readonly runId: string | null;
  /** Which launch of how many; null where only the snapshot itself is known. */
  readonly launch: number | null;
  readonly launches: number | null;
  readonly text: string;
  readonly notes: readonly string[];
}

/** Numbers of the launches that have a snapshot, in order. */
export function snapshotsIn(bundle: string): number[] {
  const folder = join(bundle, 'launches');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'snapshot.json')))
    .map(Number)
    .sort((a, b) => a - b);
}

export function fromBundle(bundle: string, wanted: number | null, cwd: string): StoredSnapshot {
  const numbers = snapshotsIn(bundle);
  const launch = wanted ?? numbers.at(-1);
  if (launch === undefined || !numbers.includes(launch)) {
    throw new BenchError(`${shown(bundle, cwd)} has no snapshot of launch ${launch ?? 1}.`, {
      exitCode: ExitCode.usage,
      hint:
        numbers.length === 0 ? 'The engine never became ready.' : `It has those of ${numbers.join(', ')}.`,
    });
  }
  const path = join(bundle, 'launches', String(launch), 'snapshot.json');
  return {
    from: 'bundle',
    place: shown(path, cwd),
    runId: bundle.slice(bundle.lastIndexOf('/') + 1),
    launch,
    // The priming launch, 0, is none of them.
    launches: readdirSync(join(bundle, 'launches')).filter((name) => name !== '0').length,
    text: readFileSync(path, 'utf8'),
    notes: [],
  };
}

interface StoredRecord {
  readonly runId: string;
  readonly snapshot: Json;
  readonly launches: Json;
  readonly dropped: Json;
}

export function recordIn(path: string): StoredRecord | null {
  const value = existsSync(path) ? parse(readFileSync(path, 'utf8')) : undefined;
  return value === undefined ? null : asRecord(value);
}

function asRecord(value: Json): StoredRecord | null {
  const { runId, snapshot = null, launches = null, dropped = null } = nodeOf(value);
  return typeof runId === 'string' && Object.hasOwn(nodeOf(value), 'snapshot')
    ? { runId, snapshot, launches, dropped }
    : null;
}

/** A record holds the last launch's, with `$REPO_ROOT` for the repository's own folder, cut where it was too long. */
export function fromRecord(
  record: StoredRecord,
  path: string,
  wanted: number | null,
  cwd: string,
): StoredSnapshot {
  const numbers = nodesOf(record.launches).flatMap(({ number }) =>
    typeof number === 'number' ? number : [],
  );
  const launch = numbers.at(-1) ?? null;
  if (!isNode(record.snapshot) || (wanted !== null && launch !== null && wanted !== launch)) {
    throw new BenchError(
      isNode(record.snapshot)
        ? `The bundle of ${record.runId} is not on this machine, and its record holds the snapshot of launch ${launch} alone.`
        : `The bundle of ${record.runId} is not on this machine, and its record holds no snapshot.`,
      { exitCode: ExitCode.usage, hint: `The record: ${shown(path, cwd)}` },
    );
  }
  const dropped = Array.isArray(record.dropped)
    ? record.dropped.filter((one) => /snapshot/.test(String(one)))
    : [];
  return {
    from: 'record',
    place: shown(path, cwd),
    runId: record.runId,
    launch,
    launches: numbers.length,
    text: canonicalJson(record.snapshot),
    notes: [
      'The bundle is not on this machine; this is what the record holds.',
      ...dropped.map((what) => `Left out of the record: ${String(what)}.`),
    ],
  };
}

export function fromPath(name: string, wanted: number | null, cwd: string): StoredSnapshot {
  const path = resolve(cwd, name);
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) {
    throw new BenchError(`${name} is not there.`, {
      exitCode: ExitCode.usage,
      hint: 'Name a row (iter-3), a snapshot.json, a bundle, a record, or the URL of a `bench proxy`.',
    });
  }
  if (facts.isDirectory()) {
    const own = join(path, 'snapshot.json');
    return existsSync(own) ? fromFile(own, wanted, cwd) : fromBundle(path, wanted, cwd);
  }
  return fromFile(path, wanted, cwd);
}

function fromFile(path: string, wanted: number | null, cwd: string): StoredSnapshot {
  const text = readFileSync(path, 'utf8');
  const record = asRecord(parse(text) ?? null);
  if (record !== null) return { ...fromRecord(record, path, wanted, cwd), from: 'file', notes: [] };
  const [, runId = null, launch] = /([^/]+)\/launches\/(\d+)\/[^/]+$/.exec(path) ?? [];
  const number = launch === undefined ? null : Number(launch);
  return { from: 'file', place: shown(path, cwd), runId, launch: number, launches: null, text, notes: [] };
}

export function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function shown(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith('..') || isAbsolute(near) ? path : near;
}
