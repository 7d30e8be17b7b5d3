import type { Json } from '../canonical.ts';
import { absentReason, isNode, type JsonNode, memberOf, nodeOf } from '../json-node.ts';
import { arrange } from './diff-arrange.ts';
import { type DiffGroup, diffGroupNames } from './diff-groups.ts';
import { type LeafPair, leafPairs } from './diff-leaves.ts';
import { placeDifference } from './diff-place.ts';
import { type FittingRule, ruleFor } from './diff-rules.ts';
import { collapse, type Parts, type PlacedDifference } from './diff-where.ts';

/** One thing that is not the same in two snapshots. */
export interface Difference {
  readonly group: DiffGroup | 'noise';
  /** What it is about: `driver`, `libcudnn`, `--max-num-seqs`. */
  readonly subject: string;
  readonly kind: 'changed' | 'added' | 'removed';
  /** As the documents have it; null: not there. */
  readonly from: Json;
  readonly to: Json;
  /** Whether the second is the higher number or newer version; null where nothing says so. */
  readonly direction: 'up' | 'down' | null;
  /** `on GPU 0`, `in rank 1 only`; empty where it holds everywhere. */
  readonly where: string;
  /** All of that as a phrase. */
  readonly text: string;
}

/** What differs between two snapshots, the likeliest to move a number first. */
export interface SnapshotDiff {
  readonly differences: readonly Difference[];
  /** What differs between any two starts: pids, times, temperatures, ports. */
  readonly noise: readonly Difference[];
}

type Both = readonly [JsonNode, JsonNode];

/**
 * Compares two snapshot documents. Pure. Documents of other formats are compared as far as they go: what only one of
 * them tells is named, and fields nobody has a rule for are told under `unknown`. Secrets are compared by their hash.
 */
export function diffSnapshots(a: Json, b: Json): SnapshotDiff {
  const both = arrange(a, b);
  const placed: PlacedDifference[] = [];
  const untold: [string[], string[]] = [[], []];
  for (const pair of leafPairs(both[0], both[1], (steps) => isThing(steps, both))) {
    const fitting = ruleFor(pair.steps);
    if (isUntold(pair, fitting, both))
      untold[pair.b === undefined ? 0 : 1].push(untoldName(pair.steps, both));
    else placed.push(...placeDifference(pair, fitting, both));
  }
  const told = collapse(placed, partsOf(both))
    .sort(byRank)
    .map(({ difference }) => difference);
  return {
    differences: [...told.filter(({ group }) => group !== 'noise'), ...untold.flatMap(untoldDifference)],
    noise: told.filter(({ group }) => group === 'noise'),
  };
}

/** Whether what stands there is added or removed as a whole, like a GPU or a file. */
function isThing(steps: readonly string[], both: Both): boolean {
  return steps.length > 1 && ruleFor(steps)?.rule.mayLack === true && haveAbove(steps, both);
}

/** Only one document has it, and nothing says that the other would have it if it were so. */
function isUntold({ steps, a, b }: LeafPair, fitting: FittingRule | null, both: Both): boolean {
  if (a !== undefined && b !== undefined) return false;
  return fitting?.rule.mayLack !== true || !haveAbove(steps, both);
}

/** Whether both documents have the section that holds a place, so that its absence there tells something. */
function haveAbove(steps: readonly string[], both: Both): boolean {
  return both.every((document) => isNode(at(document, steps.slice(0, -1))));
}

/** What the other document lacks, named as high up as it lacks it: `host.system` rather than each of its facts. */
function untoldName(steps: readonly string[], both: Both): string {
  const depth = steps.findIndex((_, index) =>
    both.some((document) => at(document, steps.slice(0, index + 1)) === undefined),
  );
  const [section = '', ...rest] = steps.slice(0, depth + 1);
  const shown = section === 'roles' || section === 'passing' ? 'processes' : section;
  return [shown, ...rest].join('.');
}

function at(document: JsonNode, steps: readonly string[]): Json | undefined {
  return steps.reduce<Json | undefined>((value, step) => memberOf(value, step), document);
}

function untoldDifference(names: readonly string[], side: number): Difference[] {
  const unique = [...new Set(names)];
  if (unique.length === 0) return [];
  const [subject, kind] = side === 0 ? (['only A', 'removed'] as const) : (['only B', 'added'] as const);
  const [from, to] = side === 0 ? [unique, null] : [null, unique];
  const text = `${subject} tells of ${unique.join(', ')}`;
  return [{ group: 'untold', subject, kind, from, to, direction: null, where: '', text }];
}

/** The GPUs and processes that both have; of processes only those whose environment is known. */
function partsOf(both: Both): Parts {
  const names = (values: readonly JsonNode[]): string[] =>
    Object.keys(values[0] ?? {}).filter((name) => values.every((value) => Object.hasOwn(value, name)));
  const gpus = both.map((document) => nodeOf(nodeOf(document.gpu).gpus ?? nodeOf(document.gpuState).gpus));
  const processes = both.map(({ processes }) => nodeOf(processes));
  const isKnown = (role: string): boolean =>
    processes.every((process) => absentReason(nodeOf(process[role]).env) === null);
  return {
    GPU: names(gpus),
    process: names(processes).filter(isKnown),
    names: Object.fromEntries(
      both.flatMap(({ roles }) => Object.entries(nodeOf(roles)).map(([role, name]) => [role, String(name)])),
    ),
  };
}

function byRank(one: PlacedDifference, other: PlacedDifference): number {
  const rank = ({ difference: { group } }: PlacedDifference): number =>
    group === 'noise' ? diffGroupNames.length : diffGroupNames.indexOf(group);
  return (
    rank(one) - rank(other) ||
    one.order - other.order ||
    (one.difference.subject < other.difference.subject ? -1 : 1)
  );
}
