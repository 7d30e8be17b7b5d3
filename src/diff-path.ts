import type { KnobDifference } from './config/knob-diff.ts';
import {
  type Archive,
  type DiffSide,
  type KnownExperiment,
  rowName,
  rowOf,
  sideOfRow,
} from './diff-archive.ts';
import { readExperiment } from './diff-experiment.ts';
import { experimentKnobs } from './diff-knobs.ts';
import type { Row } from './ledger/row.ts';
import { isMetricName } from './stats/metric.ts';
import { changeOf, type PctEstimate } from './verdict/effect-pct.ts';

/** One step of the way from an experiment to one that descends from it. */
export interface PathStep {
  readonly from: string;
  readonly to: string;
  readonly description: string | null;
  /** What this step changed; null: not known, or too far up to be read. */
  readonly knobs: readonly KnobDifference[] | null;
  readonly status: Row['status'];
  readonly reason: string | null;
  /** What the step's own pairs said, as its row has it; null: it was not measured in pairs. */
  readonly measured: StepEffect | null;
}

/** The cells of a row that say what its pairs found. */
export interface StepEffect {
  readonly metric: string;
  /** In %, positive where the step was better. */
  readonly effect: PctEstimate;
  /** How the number itself changed, in %. */
  readonly change: PctEstimate;
  readonly pairs: number | null;
}

/** Knobs are read for so many steps; beyond them a path is only named. */
const mostRead = 100;

/** One experiment on the way, with the row that judged it where there is one. */
interface Stop {
  readonly side: DiffSide;
  readonly expId: string | null;
  /** The row with a parent that says what the step to here was worth. */
  readonly judged: Row | null;
}

/**
 * The way from A up to B along the parents of rows, and of files where rows name none. A parent that was measured
 * afresh is found again by its exp_id. Null when B does not descend from A.
 */
export async function pathBetween(archive: Archive, a: DiffSide, b: DiffSide): Promise<PathStep[] | null> {
  const steps: PathStep[] = [];
  const seen = new Set<string>();
  for (let at = stopAt(archive, b); !isThere(at, a); ) {
    const key = at.side.row?.run_id ?? at.side.name;
    const above = seen.has(key) ? null : await stepUp(archive, at);
    seen.add(key);
    if (above === null) return null;
    const from = stopAt(archive, above);
    const name = isThere(from, a) ? a.name : from.side.name;
    steps.push({ from: name, ...stepTo(archive, from, at, steps.length < mostRead) });
    at = from;
  }
  return steps.length === 0 ? null : steps.reverse();
}

function isThere({ side, expId }: Stop, a: DiffSide): boolean {
  if (side.row !== null && side.row.run_id === a.row?.run_id) return true;
  const wanted = a.row?.exp_id ?? a.experiment?.expId ?? null;
  return wanted !== null && wanted === expId;
}

function stopAt(archive: Archive, side: DiffSide): Stop {
  const expId = side.row?.exp_id ?? side.experiment?.expId ?? null;
  if (side.row !== null && side.row.parent !== null) return { side, expId, judged: side.row };
  return { side, expId, judged: expId === null ? null : judgedRow(archive, expId) };
}

/** The newest row of an experiment that has a parent; a kept one before others. */
function judgedRow(archive: Archive, expId: string): Row | null {
  let found: Row | null = null;
  for (const row of archive.ledger.where('exp_id', expId)) {
    if (row.parent === null) continue;
    if (row.status === 'keep') return row;
    found ??= row;
  }
  return found;
}

async function stepUp(archive: Archive, { side, judged }: Stop): Promise<DiffSide | null> {
  const parent = judged?.parent ?? null;
  const row = parent === null ? null : rowOf(archive, parent);
  if (row !== null) return bare(row);
  const experiment = side.experiment ?? (side.row === null ? null : sideOfRow(archive, side.row).experiment);
  const [config] = experiment?.parents ?? [];
  if (experiment === null || config === undefined) return null;
  return experiment.commit === undefined
    ? rowOfConfig(archive, config, side.row)
    : fileAbove(archive, config, experiment.commit);
}

/** The last row of a config before another row. */
function rowOfConfig(archive: Archive, config: string, before: Row | null): DiffSide | null {
  for (const row of archive.ledger.where('config', config))
    if (before === null || row.started_at <= before.started_at) return bare(row);
  return null;
}

async function fileAbove(archive: Archive, config: string, commit: string | null): Promise<DiffSide | null> {
  const read = await readExperiment(archive, config, commit);
  if (read === null) return null;
  const { expId } = read.experiment;
  const [row = null] = expId === null ? [] : archive.ledger.where('exp_id', expId);
  return {
    name: row === null ? config : rowName(row),
    row,
    record: null,
    experiment: read.experiment,
    notes: [],
  };
}

/** A row alone: its record is read only when its knobs are shown. */
function bare(row: Row): DiffSide {
  return { name: rowName(row), row, record: null, experiment: null, notes: [] };
}

function stepTo(archive: Archive, from: Stop, to: Stop, isRead: boolean): Omit<PathStep, 'from'> {
  const { judged, side } = to;
  return {
    to: side.name,
    description: (judged ?? side.row)?.description ?? null,
    knobs: isRead ? stepKnobs(archive, from, to) : null,
    status: judged?.status ?? null,
    reason: judged?.reason ?? null,
    measured: judged === null ? null : effectOf(judged),
  };
}

function stepKnobs(archive: Archive, from: Stop, to: Stop): readonly KnobDifference[] | null {
  const [before, after] = [experimentAt(archive, from), experimentAt(archive, to)];
  return before === null || after === null ? null : experimentKnobs(before, after);
}

function experimentAt(archive: Archive, { side }: Stop): KnownExperiment | null {
  return side.experiment ?? (side.row === null ? null : sideOfRow(archive, side.row).experiment);
}

function effectOf(row: Row): StepEffect | null {
  const { metric, delta_pct: pct, ci_lo_pct: lower, ci_hi_pct: upper, pairs } = row;
  if (pct === null || metric === null) return null;
  const effect = { pct, lower, upper };
  return { metric, effect, change: isMetricName(metric) ? changeOf(metric, effect) : effect, pairs };
}
