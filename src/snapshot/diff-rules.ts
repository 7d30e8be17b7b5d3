import type { DiffRule } from './diff-rule.ts';
import { engineRules } from './diff-rules-engine.ts';
import { machineRules } from './diff-rules-machine.ts';

/** A rule that fits a place. */
export interface FittingRule {
  readonly rule: DiffRule;
  /** Its place in the order. */
  readonly order: number;
  readonly subject: string;
  /** What the first star of a rule with `each` stands for; null for others. */
  readonly part: string | null;
}

type SteppedRule = DiffRule & { readonly steps: readonly string[] };

/** By their first step, which is never a star. */
const rules = new Map<string, (SteppedRule & { readonly order: number })[]>();
for (const [order, rule] of [...machineRules, ...engineRules].entries()) {
  const steps = rule.at.split('.');
  const [section = ''] = steps;
  rules.set(section, [...(rules.get(section) ?? []), { ...rule, steps, order }]);
}

/** The first rule that fits; null for places nobody has an opinion on. */
export function ruleFor(place: readonly string[]): FittingRule | null {
  for (const rule of rules.get(place[0] ?? '') ?? []) {
    const stars = starsOf(rule, place);
    if (stars === null) continue;
    const subject = rule.subject.replace(/\$(\d)/g, (_, number: string) => stars[Number(number) - 1] ?? '');
    return { rule, order: rule.order, subject, part: rule.each === undefined ? null : (stars[0] ?? null) };
  }
  return null;
}

function starsOf({ steps, only }: SteppedRule, place: readonly string[]): string[] | null {
  const isOpen = steps.at(-1) === '**';
  if (isOpen ? place.length < steps.length : place.length !== steps.length) return null;
  const stars: string[] = [];
  for (const [index, step] of steps.entries()) {
    const name = place[index] ?? '';
    if (step === '**') stars.push(place.slice(index).join('.'));
    else if (step === '*') stars.push(name);
    else if (step.startsWith('*')) {
      if (!name.endsWith(step.slice(1))) return null;
      stars.push(name.slice(0, 1 - step.length));
    } else if (step !== name) return null;
  }
  return only === undefined || only.test(stars[0] ?? '') ? stars : null;
}
