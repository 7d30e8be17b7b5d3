import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from './canonical.ts';
import type { KnobDifference } from './config/knob-diff.ts';
import { type Archive, type DiffSide, inRoot } from './diff-archive.ts';
import { isNode, nodeOf } from './json-node.ts';
import type { Row } from './ledger/row.ts';
import { fromBundle, parse, snapshotsIn } from './meta-stored.ts';
import { type Difference, diffSnapshots } from './snapshot/diff.ts';
import { diffGroups } from './snapshot/diff-groups.ts';

/** Something besides the knobs that is not the same in two runs. */
export interface OtherChange {
  /** Of `bench meta diff`: `driver`, `libraries` ... */
  readonly group: string;
  readonly title: string;
  readonly subject: string;
  readonly text: string;
}

/** What else changed, the likeliest to move a number first. */
export interface OtherChanges {
  readonly changes: readonly OtherChange[];
  /** Where it is known from: whole snapshots, or only the cells of the rows. */
  readonly from: 'snapshots' | 'rows';
}

/** Compares what made two runs; null when one of them is no run. */
export function otherChanges(
  archive: Archive,
  a: DiffSide,
  b: DiffSide,
  knobs: readonly KnobDifference[],
): OtherChanges | null {
  if (a.row === null || b.row === null) return null;
  const [one, other] = [snapshotOf(a, archive), snapshotOf(b, archive)];
  if (one === null || other === null) return { changes: cellChanges(a.row, b.row), from: 'rows' };
  const told = new Set(knobs.flatMap(({ name, leaves }) => [name, ...leaves.map((leaf) => leaf.name)]));
  const changes = diffSnapshots(one, other)
    .differences.filter((difference) => !isKnob(difference, told))
    .map(({ group, subject, text }) => changeOf(group, subject, text));
  const hasHarness = changes.some(({ group }) => group === 'harness');
  return { changes: hasHarness ? changes : [...changes, ...harnessChange(a.row, b.row)], from: 'snapshots' };
}

/** What the knobs say is not said again: an argument, a variable. */
function isKnob({ group, subject }: Difference, told: ReadonlySet<string>): boolean {
  if (group !== 'engine') return false;
  const isPart = [...told].some((name) => name.startsWith(`${subject}.`));
  return told.has(subject) || told.has(`env.${subject}`) || isPart;
}

/** The record's, else the bundle's; null where neither is here. */
function snapshotOf({ record, row }: DiffSide, archive: Archive): Json {
  if (record !== null && isNode(record.snapshot)) return record.snapshot;
  if (row === null) return null;
  const bundle = inRoot(archive, join('.bench_runs', row.run_id));
  const launch = snapshotsIn(bundle).findLast((number) => !isOfBaseline(bundle, number));
  return launch === undefined ? null : (parse(fromBundle(bundle, launch, archive.world.cwd).text) ?? null);
}

/** A paired run has launches of both arms. */
function isOfBaseline(bundle: string, launch: number): boolean {
  const path = join(bundle, 'launches', String(launch), 'experiment.json');
  return existsSync(path) && nodeOf(parse(readFileSync(path, 'utf8'))).arm === 'baseline';
}

function changeOf(group: Difference['group'], subject: string, text: string): OtherChange {
  return { group, title: group === 'noise' ? 'noise' : diffGroups[group].title, subject, text };
}

/** Without snapshots the rows still name what ran. */
function cellChanges(a: Row, b: Row): OtherChange[] {
  const cells = [
    ['hardware', 'hardware', a.hardware, b.hardware],
    ['libraries', 'artifact', a.artifact, b.artifact],
    ['engine', 'version', a.engine_version, b.engine_version],
    ['model', 'model', a.model, b.model],
  ] as const;
  const changed = cells.filter(([, , from, to]) => from !== to);
  return [
    ...changed.map(([group, subject, from, to]) =>
      changeOf(group, subject, `${subject} ${from ?? 'not known'} -> ${to ?? 'not known'}`),
    ),
    ...harnessChange(a, b),
  ];
}

function harnessChange(a: Row, b: Row): OtherChange[] {
  if (a.harness === b.harness) return [];
  return [changeOf('harness', 'bench', `bench ${a.harness ?? 'not known'} -> ${b.harness ?? 'not known'}`)];
}
