import { type JsonNode, memberOf, nodeOf, textIn } from '../json-node.ts';
import type { Difference } from './diff.ts';
import { type Comparison, compareValues } from './diff-compare.ts';
import type { LeafPair } from './diff-leaves.ts';
import { isNoisyFlag, isNoisyVariable } from './diff-noise.ts';
import type { DiffRule } from './diff-rule.ts';
import type { FittingRule } from './diff-rules.ts';
import type { PlacedDifference } from './diff-where.ts';
import { changeText } from './diff-words.ts';

type Both = readonly [JsonNode, JsonNode];

const unknown: FittingRule = {
  rule: { at: '', group: 'unknown', subject: '' },
  order: Number.MAX_SAFE_INTEGER,
  subject: '',
  part: null,
};

/** What differs at one place of two arranged documents; empty when nothing does, or when it is told elsewhere. */
export function placeDifference(pair: LeafPair, fitting: FittingRule | null, both: Both): PlacedDifference[] {
  const { steps, a, b } = pair;
  const { rule, order, part, subject: named } = fitting ?? unknown;
  const { outcome, direction } = comparisonOf(pair, rule);
  if (outcome === 'same' || isToldElsewhere(steps, rule, both)) return [];
  const isNoise = outcome === 'noise' || isNoisePlace(pair, rule);
  const difference = {
    group: isNoise ? 'noise' : rule.group,
    subject: named === '' ? steps.join('.') : named,
    kind: a === undefined ? 'added' : b === undefined ? 'removed' : 'changed',
    from: a ?? null,
    to: b ?? null,
    direction,
  } satisfies Partial<Difference>;
  const style = isVariable(steps) ? 'variable' : 'plain';
  const text = changeText({ ...difference, as: rule.as, style, from: a, to: b });
  const bundle = librariesAt(steps, both).map((library) => textIn(library, 'bundle'));
  return [
    {
      difference: { ...difference, where: '', text },
      order,
      part,
      each: rule.each ?? null,
      bundle: bundle.find((name) => name !== '') ?? '',
    },
  ];
}

function comparisonOf({ a, b }: LeafPair, rule: DiffRule): Comparison {
  if (a === undefined || b === undefined) return { outcome: 'different', direction: null };
  return compareValues(a, b, rule);
}

/** A process that only one has is told as a process, and a library of another version is another build. */
function isToldElsewhere(steps: readonly string[], rule: DiffRule, both: Both): boolean {
  const [section, role = ''] = steps;
  if (section === 'processes') return both.some(({ processes }) => !Object.hasOwn(nodeOf(processes), role));
  const [before, after] = librariesAt(steps, both);
  return rule.as === 'build' && before?.version !== after?.version;
}

function isNoisePlace({ steps, a, b }: LeafPair, rule: DiffRule): boolean {
  if (rule.valuesAreNoise === true && a !== undefined && b !== undefined) return true;
  if (isVariable(steps)) return isNoisyVariable(steps[3] ?? '');
  return steps[0] === 'command' && steps[1] === 'flags' && isNoisyFlag(steps[2] ?? '');
}

function isVariable(steps: readonly string[]): boolean {
  return steps[0] === 'processes' && steps[2] === 'env';
}

function librariesAt([section, name = '']: readonly string[], both: Both): readonly JsonNode[] {
  return section === 'libraries' ? both.map(({ libraries }) => nodeOf(memberOf(libraries, name))) : [];
}
