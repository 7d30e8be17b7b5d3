import type { KnobDifference } from './config/knob-diff.ts';
import { shownPath } from './config/load.ts';
import { type Archive, type DiffSide, openArchive } from './diff-archive.ts';
import { type OtherChanges, otherChanges } from './diff-changes.ts';
import { readExperiment } from './diff-experiment.ts';
import { matchFolders, type Unmatched } from './diff-folders.ts';
import { comparedKnobs, experimentKnobs } from './diff-knobs.ts';
import {
  comparabilityOf,
  type DiffNumbers,
  type FoundPairs,
  findPairs,
  pairedNumbers,
  storedNumbers,
} from './diff-numbers.ts';
import { type PathStep, pathBetween } from './diff-path.ts';
import { recallBetween } from './diff-recall.ts';
import { recordFolder, resolveSide } from './diff-refs.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { RunRecord } from './ledger/record.ts';
import { isMetricName, type MetricName } from './stats/metric.ts';
import type { Comparability } from './verdict/comparable.ts';
import type { PairedFacts } from './verdict/paired.ts';
import type { RecallDifference } from './verdict/recall-compare.ts';
import type { World } from './world.ts';

/** Two runs side by side: may they be compared, what differs, and what that was worth. */
export interface DiffReport extends DiffNumbers {
  readonly a: DiffSide;
  readonly b: DiffSide;
  readonly comparable: Comparability;
  /** Why the numbers of a side say nothing, as sentences; empty: they do. */
  readonly voids: readonly string[];
  /** What is other on purpose and only said: weights. */
  readonly labels: readonly string[];
  /** Null where neither was judged in pairs against the other. */
  readonly paired: PairedFacts | null;
  /** Between the starts of the two runs; null where one is no run. */
  readonly apartMs: number | null;
  /** Null where an experiment is not known. */
  readonly knobs: readonly KnobDifference[] | null;
  /** From A to B; null where B does not descend from A. */
  readonly path: readonly PathStep[] | null;
  /** Null where one is no run. */
  readonly others: OtherChanges | null;
  /** Null where one of them answered no recall items that the other did. */
  readonly recall: readonly RecallDifference[] | null;
  /** Whose queries are told. */
  readonly metric: MetricName;
}

/** What `bench diff` found: one comparison, or one for each match of two folders. */
export interface DiffResult {
  readonly comparisons: readonly DiffReport[];
  readonly unmatched: readonly Unmatched[];
}

/**
 * Compares what two names stand for: rows, records, experiments, or folders of records.
 * @param metric whose queries are told; null: the judged one.
 * @throws BenchError (exit 2) when a name stands for nothing.
 */
export async function diffRuns(
  a: string,
  b: string,
  metric: MetricName | null,
  world: World,
): Promise<DiffResult> {
  const archive = await openArchive(world);
  const folders = [recordFolder(archive, a), recordFolder(archive, b)] as const;
  if (folders[0] !== null && folders[1] !== null)
    return diffFolders(archive, [folders[0], folders[1]], metric);
  if (folders[0] !== null || folders[1] !== null) throw onlyOneFolder(a, b, folders[0] !== null);
  const isWord = /^(?:best|baseline)$/.test(a);
  const later = isWord ? await resolveSide(archive, b, null) : null;
  const one = await resolveSide(archive, a, later);
  const other = later ?? (await resolveSide(archive, b, one));
  return { comparisons: [await compare(archive, one, other, metric)], unmatched: [] };
}

async function diffFolders(
  found: Archive,
  [a, b]: readonly [string, string],
  metric: MetricName | null,
): Promise<DiffResult> {
  const archive = { ...found, folders: [...found.folders, a, b] };
  const { matches, unmatched } = matchFolders(archive, a, b);
  const comparisons: DiffReport[] = [];
  for (const [one, other] of matches) comparisons.push(await compare(archive, one, other, metric));
  const { cwd } = archive.world;
  return {
    comparisons,
    unmatched: unmatched.map((each) => ({ ...each, name: shownPath(each.name, cwd) })),
  };
}

async function compare(
  archive: Archive,
  first: DiffSide,
  second: DiffSide,
  asked: MetricName | null,
): Promise<DiffReport> {
  const [a, b] = [await withExperiment(archive, first), await withExperiment(archive, second)];
  const comparable = comparabilityOf(a, b);
  const voids = [...voidsOf(a), ...voidsOf(b)];
  const pairs = voids.length > 0 ? null : findPairs(a, b);
  const metric = asked ?? pairs?.facts.metric ?? metricOf(b) ?? metricOf(a) ?? 'decode_tok_s';
  const knobs = knobsOf(a, b, pairs);
  const isComparable = comparable.state !== 'no' && voids.length === 0;
  return {
    ...{ a: withoutBulk(a), b: withoutBulk(b), comparable, voids, metric, knobs },
    labels: labelsOf(a, b),
    recall: recallBetween(a.record, b.record),
    paired: pairs?.facts ?? null,
    apartMs: apart(a, b),
    path: await pathBetween(archive, a, b),
    others: otherChanges(archive, a, b, knobs ?? []),
    ...(pairs === null ? storedNumbers(a, b, metric, isComparable) : pairedNumbers(pairs, metric)),
  };
}

/** Of hundreds of records in two folders only what is told is kept. */
function withoutBulk(side: DiffSide): DiffSide {
  const { record } = side;
  return record === null
    ? side
    : { ...side, record: withoutItems({ ...record, requests: [], launches: [], snapshot: null }) };
}

function withoutItems(record: RunRecord): RunRecord {
  return record.recall === undefined ? record : { ...record, recall: { ...record.recall, items: [] } };
}

/** By the experiments, else as the pairs name them; null where neither is known. */
function knobsOf(a: DiffSide, b: DiffSide, pairs: FoundPairs | null): KnobDifference[] | null {
  if (a.experiment !== null && b.experiment !== null) return experimentKnobs(a.experiment, b.experiment);
  return pairs === null ? null : comparedKnobs(pairs.comparison, pairs.facts.isTurned);
}

/** An experiment that was left out of its record is read from the commit that holds it. */
async function withExperiment(archive: Archive, side: DiffSide): Promise<DiffSide> {
  const { row, experiment } = side;
  if (experiment !== null || row === null || row.commit === null || row.config === null) return side;
  const read = await readExperiment(archive, row.config, row.commit);
  return read === null ? side : { ...side, experiment: { ...read.experiment, expId: row.exp_id } };
}

function voidsOf({ name, row }: DiffSide): string[] {
  if (row === null) return [];
  const reason = row.reason ?? '';
  if (row.status === 'crash') return [`${name} crashed (${reason}): it has no numbers to compare`];
  if (reason === 'noop') return [`${name} was not launched (noop): it has no numbers to compare`];
  const isVoid = /^(?:invalid|host-failure|interrupted)\b/.test(reason);
  return isVoid ? [`${name} is void (${reason})`] : [];
}

function labelsOf(a: DiffSide, b: DiffSide): string[] {
  const [from, to] = [a.row?.model ?? null, b.row?.model ?? null];
  return from === null || to === null || from === to ? [] : [`other weights: ${from} -> ${to}`];
}

function metricOf({ row }: DiffSide): MetricName | null {
  const metric = row?.metric ?? null;
  return metric !== null && isMetricName(metric) ? metric : null;
}

function apart(a: DiffSide, b: DiffSide): number | null {
  if (a.row === null || b.row === null) return null;
  return Math.abs(Date.parse(b.row.started_at) - Date.parse(a.row.started_at));
}

function onlyOneFolder(a: string, b: string, isFirst: boolean): BenchError {
  const [folder, other] = isFirst ? [a, b] : [b, a];
  return new BenchError(`${folder} is a folder of records, and ${other} is not.`, {
    exitCode: ExitCode.usage,
    hint: `Name two folders, or one record in it: ${folder.replace(/\/$/, '')}/<run_id>.json`,
  });
}
