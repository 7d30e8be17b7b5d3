import { calibrationOf } from './calibrated.ts';
import { launchesOf } from './ended-pairs.ts';
import { outgrownOf } from './ledger/calibration.ts';
import type { ArmName } from './pair-loop.ts';
import type { EndedPairs, PairSession } from './pair-session.ts';
import type { Plan } from './plan.ts';
import { median } from './stats/describe.ts';
import type { MetricName } from './stats/metric.ts';
import type { Finding } from './stats/summary.ts';
import type { Comparison } from './verdict/comparison.ts';
import { isOutgrown } from './verdict/evidence.ts';

/** What a reader of the row must hear of its pairs: knobs, calibrations, dropped pairs, answers. */
export function pairFindings(pairs: EndedPairs, comparison: Comparison): Finding[] {
  return [...findingsOf(pairs.session, pairs), ...outputFindings(comparison, pairs)];
}

function findingsOf(
  { plan, calibrated, resumedFrom }: PairSession,
  { ended, decision }: EndedPairs,
): Finding[] {
  const metrics = {
    ...decision.guardEvidence,
    ...(decision.evidence && { [plan.rule.metric]: decision.evidence }),
  };
  const dropped = Object.entries(metrics).flatMap(([metric, evidence]) => {
    const calibration = calibrationOf(calibrated[metric] ?? null);
    return calibration !== null && !evidence.isCalibrated ? [metric] : [];
  });
  const over = dropped.filter((metric) => {
    const calibration = calibrationOf(calibrated[metric] ?? null);
    const series = ended.seen.effects.flatMap((effects) => effects[metric as MetricName] ?? []);
    return calibration !== null && isOutgrown(series, calibration);
  });
  const invalid = ended.pairs.flatMap(({ result }) => result.invalid ?? []);
  return [
    ...ownRule(plan),
    ...(plan.knobs.length > 1 && !plan.isSame
      ? [{ code: 'multi', text: `${plan.knobs.length} knobs differ from the baseline.` }]
      : []),
    ...(resumedFrom === null
      ? []
      : [{ code: 'resumed', text: `It went on with the pairs of ${resumedFrom}.` }]),
    ...over.map((metric) => ({
      code: outgrownOf(metric),
      text: `These pairs spread more than the calibration of ${metric} allows; it no longer counts.`,
    })),
    ...(dropped.length > over.length
      ? [
          {
            code: 'calibration-dropped',
            text: `On the way the pairs spread more than the calibration of ${dropped.filter((metric) => !over.includes(metric)).join(', ')} allows: it was dropped for this run.`,
          },
        ]
      : []),
    ...invalid.map(({ code, text }) => ({
      code: 'pair-dropped',
      text: `${text} That pair does not count (${code}).`,
    })),
  ];
}

/** A child that brings its own limits is judged by them, and whoever reads its keep must know. */
function ownRule({ baseline, candidate, isSame }: PairSession['plan']): Finding[] {
  if (isSame) return [];
  const [before, after] = [rulesOf(baseline), rulesOf(candidate)];
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  if (changed.length === 0) return [];
  const told = changed.map((name) => `${name} ${before.get(name) ?? 'none'} -> ${after.get(name) ?? 'none'}`);
  return [
    { code: 'own-rule', text: `It was judged by limits that its parent does not have: ${told.join(', ')}.` },
  ];
}

/** Guards, recall and judge of a file, member by member. */
function rulesOf({ experiment: { guard, recall, judge } }: Plan): Map<string, string> {
  const { pairs: _, budgetMs: __, ...decisive } = judge;
  const members = { guard, recall: recall ?? {}, judge: decisive };
  return new Map(
    Object.entries(members).flatMap(([section, values]) =>
      Object.entries(values)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]): [string, string] => [`${section}.${name}`, JSON.stringify(value)]),
    ),
  );
}

/** Lengths that differ by more than this share are not the same work. */
const sameLength = 0.1;

/** What the answers themselves say: that they are others, or of another length. */
function outputFindings({ outputs }: Comparison, pairs: EndedPairs): Finding[] {
  const { compared, same } = outputs;
  const [before, after] = [tokensOf(pairs, 'baseline'), tokensOf(pairs, 'candidate')];
  const isOther = before !== null && after !== null && Math.abs(after / before - 1) > sameLength;
  return [
    ...(same < compared
      ? [
          {
            code: 'outputs-differ',
            text: `${same} of ${compared} queries were answered as the baseline did.`,
          },
        ]
      : []),
    ...(isOther
      ? [{ code: 'output-length', text: `Answers of ${before} tokens in the baseline have ${after} now.` }]
      : []),
  ];
}

/** Median output tokens of an arm; null: no engine stated any. */
function tokensOf(pairs: EndedPairs, name: ArmName): number | null {
  const tokens = launchesOf(pairs, name).flatMap(({ requests }) =>
    requests.flatMap(({ observation }) => observation.tokens ?? []),
  );
  return tokens.length === 0 ? null : median(tokens);
}
