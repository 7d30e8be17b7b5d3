import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Json, leafTexts } from '../canonical.ts';
import { BenchError, ExitCode } from '../errors.ts';
import { explainDiskError } from './disk-error.ts';
import type { Row } from './row.ts';
import { writeWhole } from './write-whole.ts';

const real = z.number().nullable();

/** What A/A pairs said of the noise of one metric: results/calibration/<fingerprint>-<engine>-<model>-<metric>.json. */
export const calibrationSchema = z.strictObject({
  schemaVersion: z.literal(1),
  createdAt: z.iso.datetime(),
  fingerprint: z.string(),
  /** The facts behind it, for saying which of them has changed. */
  fingerprintFacts: z.json(),
  engine: z.string(),
  model: z.string(),
  metric: z.string(),
  rounds: z.int(),
  config: z.string(),
  expId: z.string(),
  artifact: z.string().nullable(),
  bench: z.string(),
  /** Log ratios of the A/A pairs, in order. */
  effects: z.array(z.number()),
  /** Of one pair's effect, log units squared, and its degrees of freedom. */
  variance: z.number(),
  degrees: z.int(),
  /** One A/A pair stays within this, in %, 95 times of 100. */
  floorPct: z.number(),
  /** 95th percentile of the pairs' absolute effects, %. */
  p95AbsolutePct: z.number(),
  /** Shares of a launch's variance: what more launches, rounds or queries would buy. */
  shares: z.strictObject({ launch: real, round: real, query: real }).nullable(),
  /** Of the launches' values over the session. */
  drift: z.strictObject({ changePct: z.number(), p: z.number(), perHourPct: z.number() }).nullable(),
  /** How many launches had which course of speed while they were measured. */
  warmUp: z.record(z.string(), z.int()),
  /** Smallest effect in % that so many pairs find with 80 % power; null: no keep is possible with so few. */
  mdePct: z.record(z.string(), real),
  launchValues: z.array(z.number()),
  launchSeconds: z.number(),
});

/** The committed file of a calibration. */
export type CalibrationFile = z.infer<typeof calibrationSchema>;

/** What a run must have in common with a calibration for it to count. */
export interface CalibrationKey {
  readonly fingerprint: string;
  readonly engine: string;
  readonly model: string;
  readonly metric: string;
}

/** A calibration that is there, and why it no longer counts; null: it does. */
export interface FoundCalibration {
  readonly path: string;
  readonly file: CalibrationFile;
  readonly expired: string | null;
}

const longestAgeMs = 7 * 24 * 3600 * 1000;

/** A clock may have been wrong by so much when it was made. */
const steppedMs = 3600 * 1000;

/** Finding of a run whose pairs spread more than the calibration of a metric allows, for later runs too. */
export function outgrownOf(metric: string): string {
  return `calibration-outgrown:${metric}`;
}

const folder = 'results/calibration';

/** Path of a calibration, relative to the root; what a file name cannot hold becomes `-`. */
export function calibrationPath({ fingerprint, engine, model, metric }: CalibrationKey): string {
  const plain = model.replaceAll(/[^\w.@-]+/g, '-');
  return join(folder, `${fingerprint}-${engine}-${plain}-${metric}.json`);
}

/** What a calibration is looked at with. */
interface SeenNow {
  readonly rounds: number;
  /** Of the ledger: a row whose pairs outgrew it since says so by a finding. */
  readonly rows: readonly Row[];
  readonly nowMs: number;
  /** Behind the fingerprint, as they are now. */
  readonly facts: Json;
  /** Whether a model, as the ledger names it, is the one that will run. */
  isModel(model: string): boolean;
}

/**
 * The newest calibration of a fingerprint, engine and metric whose model is the one that will run; else the newest one of
 * another fingerprint, which does not count and says what has changed since; null when there is neither.
 * @throws BenchError (exit 5) when one of this fingerprint is there and cannot be read.
 */
export async function findCalibration(
  root: string,
  key: Omit<CalibrationKey, 'model'>,
  seen: SeenNow,
): Promise<FoundCalibration | null> {
  const names = await readdir(join(root, folder)).catch(() => []);
  const like = names.filter((name) => name.endsWith(`-${key.metric}.json`));
  const isOwn = (name: string) => name.startsWith(`${key.fingerprint}-${key.engine}-`);
  const own = await Promise.all(like.filter(isOwn).map((name) => read(root, join(folder, name))));
  const newest = newestOf(own, key, seen);
  if (newest !== null) return { ...newest, expired: whyExpired(newest.file, seen) };
  // Of another machine, or another time of this one: no reason to fail when it cannot be read.
  const others = like.filter((name) => !isOwn(name) && name.includes(`-${key.engine}-`));
  const readable = await Promise.all(others.map((name) => read(root, join(folder, name)).catch(() => [])));
  const before = newestOf(readable.flat(), key, seen);
  return before && { ...before, expired: whatChanged(before.file.fingerprintFacts as Json, seen.facts) };
}

interface ReadCalibration {
  readonly path: string;
  readonly file: CalibrationFile;
}

function newestOf(
  files: readonly ReadCalibration[],
  { engine, metric }: Omit<CalibrationKey, 'model'>,
  { isModel }: SeenNow,
): ReadCalibration | null {
  const [newest] = files
    .filter(({ file }) => file.engine === engine && file.metric === metric && isModel(file.model))
    .sort((one, other) => (one.file.createdAt < other.file.createdAt ? 1 : -1));
  return newest ?? null;
}

/** What differs behind two fingerprints, fact by fact. */
function whatChanged(before: Json, now: Json): string {
  const [then, today] = [new Map(leafTexts(before)), new Map(leafTexts(now))];
  const names = [...new Set([...then.keys(), ...today.keys()])].filter(
    (name) => then.get(name) !== today.get(name),
  );
  const told = names.map((name) => `${name} ${then.get(name) ?? 'none'} -> ${today.get(name) ?? 'none'}`);
  return told.length === 0 ? 'the fingerprint changed' : `the fingerprint changed: ${told.join(', ')}`;
}

async function read(root: string, path: string): Promise<ReadCalibration> {
  try {
    return { path, file: parse(path, await readFile(join(root, path), 'utf8')) };
  } catch (error) {
    throw error instanceof BenchError ? error : unreadable(path, (error as Error).message);
  }
}

function whyExpired(file: CalibrationFile, { rounds, rows, nowMs }: SeenNow): string | null {
  const made = Date.parse(file.createdAt);
  if (file.rounds !== rounds) return `it was made with ${file.rounds} rounds in a launch, not ${rounds}`;
  const ageMs = nowMs - made;
  if (ageMs < -steppedMs) return `it is dated ${file.createdAt}, which is still to come`;
  if (ageMs > longestAgeMs)
    return `it is over ${Math.floor(ageMs / (24 * 3600 * 1000))} days old, of 7 at most`;
  const since = rows.find(
    (row) =>
      row.findings.includes(outgrownOf(file.metric)) &&
      row.fingerprint === file.fingerprint &&
      row.engine === file.engine &&
      row.model === file.model &&
      Date.parse(row.started_at) > made,
  );
  return since === undefined ? null : `the pairs of iter-${since.iter} spread more than it allows`;
}

/** Writes a calibration whole. @throws BenchError (exit 5) when the disk refuses. */
export async function writeCalibration(root: string, file: CalibrationFile): Promise<string> {
  const path = calibrationPath(file);
  try {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeWhole(join(root, path), `${JSON.stringify(calibrationSchema.parse(file), null, 2)}\n`);
  } catch (error) {
    throw explainDiskError(error, `write ${path}`, 'The pairs are in .bench_runs/.');
  }
  return path;
}

function parse(path: string, text: string): CalibrationFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(path, (error as Error).message);
  }
  const parsed = calibrationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unreadable(path, parsed.error.issues[0]?.message ?? 'it is not a calibration');
}

function unreadable(path: string, why: string): BenchError {
  return new BenchError(`${path} cannot be read: ${why}`, {
    exitCode: ExitCode.host,
    hint: 'Delete it, or make it anew with `bench calibrate`.',
  });
}
