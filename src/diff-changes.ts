import type { Json } from './canonical.ts';
import type { KnobDifference } from './config/knob-diff.ts';
import type { DiffSide } from './diff-archive.ts';
import { BenchError } from './errors.ts';
import { isNode } from './json-node.ts';
import type { Row } from './ledger/row.ts';
import { readSnapshot } from './meta.ts';
import { type Difference, diffSnapshots } from './snapshot/diff.ts';
import { diffGroups } from './snapshot/diff-groups.ts';
import type { World } from './world.ts';

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
export async function otherChanges(
  a: DiffSide,
  b: DiffSide,
  knobs: readonly KnobDifference[],
  world: World,
): Promise<OtherChanges | null> {
  if (a.row === null || b.row === null) return null;
  const [one, other] = [await snapshotOf(a, world), await snapshotOf(b, world)];
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

async function snapshotOf({ record, row }: DiffSide, world: World): Promise<Json | null> {
  if (record !== null && isNode(record.snapshot)) return record.snapshot;
  if (row === null) return null;
  try {
    return (await readSnapshot(row.run_id, { launch: null, tokenFile: null }, world)).document;
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
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
