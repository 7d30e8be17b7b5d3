import { type KnobDifference, knobDifferences } from './config/knob-diff.ts';
import { type RecordedValue, recordedSubject } from './config/recorded.ts';
import type { KnownExperiment } from './diff-archive.ts';
import type { Comparison } from './verdict/comparison.ts';

/** What differs between two experiments in what reaches the engine, files by their hashes. */
export function experimentKnobs(a: KnownExperiment, b: KnownExperiment): KnobDifference[] {
  const differences = knobDifferences(recordedSubject(a.values), recordedSubject(b.values));
  const isTold = (path: string): boolean => differences.some(({ name }) => name === path);
  return [...differences, ...fileDifferences(a, b).filter(({ name }) => !isTold(name))];
}

/** What a paired run itself says of its arms; `isTurned`: from the candidate to the baseline. */
export function comparedKnobs({ knobs }: Comparison, isTurned: boolean): KnobDifference[] {
  return knobs.map(({ name, before, after }) => {
    const leaf = isTurned ? { name, before: after, after: before } : { name, before, after };
    return { name, leaves: [leaf] };
  });
}

/** Files that both name, with other contents. The experiment's own texts and its queries are no knobs. */
function fileDifferences(a: KnownExperiment, b: KnownExperiment): KnobDifference[] {
  const own = new Set([a, b].flatMap((one) => [one.config, ...one.parents, queriesOf(one.values)]));
  return Object.entries(b.files).flatMap(([path, hash]) => {
    const before = a.files[path];
    if (own.has(path) || before === undefined || before === hash) return [];
    const leaf = { name: path, before: before.slice(0, 12), after: hash.slice(0, 12) };
    return [{ name: path, leaves: [leaf] }];
  });
}

/** The path of an experiment's queries; empty when it is not known. */
export function queriesOf(values: readonly RecordedValue[]): string {
  const value = values.find(({ path }) => path === 'workload.queries')?.value;
  return typeof value === 'string' ? value : '';
}
