import { asJson, canonicalJson } from '../canonical.ts';
import type { Experiment } from './experiment.ts';
import { parseFlags } from './flags.ts';
import { type FileTexts, type Knob, type KnobSubject, knobs } from './knobs.ts';

/** One thing that differs between two experiments. */
export interface KnobDifference {
  /** Of the knob, or of the group whose members stand together for one. */
  readonly name: string;
  /** The knobs that differ: one, or the differing members of the group. */
  readonly leaves: readonly KnobChange[];
}

/** A knob with its two values; null where it is not set. */
export interface KnobChange {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * What differs between two experiments in what reaches the engine, in the order of the second; what the `groups` of
 * the second name together counts as one.
 */
export function knobDifferences(
  before: KnobSubject,
  after: KnobSubject & Pick<Experiment, 'groups'>,
  texts: { readonly before?: FileTexts; readonly after?: FileTexts } = {},
): KnobDifference[] {
  const changes = changedKnobs(knobs(before, texts.before), knobs(after, texts.after));
  const byName = new Map<string, KnobChange[]>();
  for (const change of changes) {
    const name = groupOf(change.name, after.groups) ?? change.name;
    byName.set(name, [...(byName.get(name) ?? []), change]);
  }
  return [...byName].map(([name, leaves]) => ({ name, leaves }));
}

/**
 * Whether two experiments start the same thing as far as is known without a launch: program, arguments, variables,
 * files, artifact, model, and what is made before. What is asked of it may differ. Flags may stand in another order,
 * but for a custom engine, whose rules nobody knows.
 */
export function startsTheSame(one: Experiment, other: Experiment): boolean {
  return startOf(one) === startOf(other);
}

/** Of a secret it holds the variable that it comes from. */
function startOf(experiment: Experiment): string {
  const { engine, cmd, args, portFlag, hostFlag, cwd, shell, venv, image, container } = experiment;
  const { prepare, files, model, env } = experiment;
  const words = engine === 'custom' ? args : inFlagOrder(args);
  const artifact = { engine, cmd, cwd, shell, venv, image, container, prepare, files, model };
  return canonicalJson(asJson({ ...artifact, words, portFlag, hostFlag, env }));
}

/** A flag given again keeps its order, for the last may count; so do positional words. */
function inFlagOrder(words: readonly string[]): readonly (readonly [string, string | null])[] {
  return parseFlags(words)
    .map(({ flag, value }) => [flag ?? '', value] as const)
    .sort(([one], [other]) => (one === other ? 0 : one < other ? -1 : 1));
}

function changedKnobs(before: readonly Knob[], after: readonly Knob[]): KnobChange[] {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...now.keys(), ...old.keys()])]
    .map((name) => ({ name, before: old.get(name) ?? null, after: now.get(name) ?? null }))
    .filter((change) => change.before !== change.after);
}

function valuesOf(all: readonly Knob[]): Map<string, string> {
  return new Map(all.map(({ name, value }) => [name, value]));
}

function isBelow(name: string, member: string, mark: string): boolean {
  return mark === '' ? name === member : name.startsWith(`${member}${mark}`);
}

/** A member stands for its own leaves too: `--speculative-config` for `--speculative-config.method` and `--config:kv.free`'s `--config`. */
function groupOf(name: string, groups: Experiment['groups']): string | null {
  const found = Object.entries(groups).find(([, members]) =>
    members.some((member) => ['', '.', ':'].some((mark) => isBelow(name, member, mark))),
  );
  return found?.[0] ?? null;
}
