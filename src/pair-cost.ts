import { recordPath } from './ledger/place.ts';
import { noiseOf } from './pair-comparison.ts';
import { asksRecall } from './pair-plan.ts';
import type { PairSession, ToldPair } from './pair-session.ts';
import { recordedSeconds } from './recorded-seconds.ts';
import { pairHead, pairLine } from './report/pair-lines.ts';
import { formatDuration, plural, significant } from './units.ts';
import { type Decision, fewestPairs, rentOf } from './verdict/decide.ts';
import { interval } from './verdict/evidence.ts';
import { asPct } from './verdict/floor.ts';

/** Says before the first launch what the pairs will cost at most, what they can find, and the cheaper command. */
export function announceCost(session: PairSession): void {
  for (const line of costLines(session)) session.teller.note(line);
}

function costLines(session: PairSession): string[] {
  const { plan, reused } = session;
  const left = Math.max(0, plan.rule.maxPairs - reused);
  const seconds = launchSeconds(session);
  const each = seconds === null ? 'of a length not seen yet' : `of about ${formatDuration(seconds * 1000)}`;
  const wholeMs = seconds === null ? null : seconds * 1000 * 2 * left;
  const whole = wholeMs === null ? '' : `, ${formatDuration(wholeMs)} in all`;
  const more = reused === 0 ? '' : `${plural(reused, 'pair')} there, `;
  const cost = `${more}${plural(left, 'pair')}${reused === 0 ? '' : ' left'}: ${2 * left} launches ${each}${whole} (budget ${formatDuration(plan.budgetMs)})`;
  const affordable = Math.max(1, Math.floor(plan.budgetMs / (seconds ?? 1) / 2000));
  const overBudget =
    wholeMs !== null && wholeMs > plan.budgetMs
      ? [`the budget ends it after about ${plural(affordable, 'pair')}; --budget raises it`]
      : [];
  const noise = noiseLine(session);
  const name = plan.candidate.loaded.configPath;
  if (plan.kind === 'calibrate') {
    const cheaper =
      plan.rule.maxPairs > 4 ? [`cheaper, and less sure: bench calibrate ${name} --quads 2`] : [];
    return [cost, ...(noise.isCalibrated ? [`so far: ${noise.text}`] : []), ...cheaper, ...overBudget];
  }
  const fewest = noise.isCalibrated ? fewestPairs.calibrated : fewestPairs.uncalibrated;
  return [
    `at most ${cost}; it stops as soon as it knows, with a keep not before ${plural(fewest, 'pair')}`,
    noise.text,
    ...recallCost(plan),
    ...(plan.kind === 'run' && !plan.isSame
      ? [`cheaper: bench run ${name} --provisional (one launch against the stored baseline, never a keep)`]
      : []),
    ...overBudget,
  ];
}

/** Items take their own time, which launches seen before may not have had. */
function recallCost(plan: PairSession['plan']): string[] {
  const { recall } = plan.candidate;
  if (recall === null || !asksRecall(plan)) return [];
  const { contexts, n, task } = recall;
  const items = `${n} items of ${task} at ${contexts.join(', ')}`;
  return [
    plan.rule.recall === undefined
      ? `besides, each arm is asked ${items} once; no guard judges them`
      : `besides, each arm is asked up to ${items}, ${Math.min(n, plan.rule.recall.batch)} of each a pair, until the recall gate has decided`,
  ];
}

/** Floor and MDE, or why they are not known. */
function noiseLine({ plan, calibrated }: PairSession): { isCalibrated: boolean; text: string } {
  const { metric, maxPairs } = plan.rule;
  const { floorPct, floorFrom, mdePct } = noiseOf(plan, null, calibrated);
  if (floorFrom !== 'calibration') {
    const expired = calibrated[metric]?.expired ?? null;
    const why =
      expired === null ? `no calibration of ${metric} here` : `the calibration does not count, ${expired}`;
    const name = plan.candidate.loaded.configPath;
    const text = `what they can find is not known: ${why}; bench calibrate ${name} measures it`;
    return { isCalibrated: false, text };
  }
  const found =
    mdePct === null
      ? `${plural(maxPairs, 'pair')} can keep nothing`
      : `${plural(maxPairs, 'pair')} find ${significant(mdePct, 2)} % of ${metric} in 8 of 10 runs`;
  return { isCalibrated: true, text: `floor ${significant(floorPct ?? 0, 2)} %; ${found}` };
}

/** Seconds that a launch of either arm took here, from start to stop: of the calibration, else of the newest record. */
export function launchSeconds({ plan, calibrated, arms, rows }: PairSession): number | null {
  const found = calibrated[plan.rule.metric] ?? null;
  const { fingerprint, workload } = arms.candidate.facts.row;
  if (found !== null && found.file.fingerprint === fingerprint) return found.file.launchSeconds;
  const ids = [arms.candidate.facts.expId, arms.baseline.facts.expId];
  const row = rows.findLast(
    (one) => ids.includes(one.exp_id ?? '') && one.workload === workload && (one.launches ?? 0) > 0,
  );
  if (row === undefined) return null;
  return recordedSeconds(recordPath(arms.candidate.place.ledger, row.run_id));
}

/** What is known while the pairs go on: that it is better, but something is still open, or nothing yet. */
function standingOf({ evidence, guards }: Decision, rent: number): string {
  if (evidence === null || interval(evidence).lower <= rent) return 'open';
  const guard = guards.find(({ state }) => state === 'undecided');
  return guard === undefined ? 'better so far' : `better, ${guard.name} open`;
}

/** Tells each pair in a line, under a head. */
export function pairTeller(): { onPair(session: PairSession, told: ToldPair): void } {
  let isFirst = true;
  return {
    onPair({ teller, plan }, { pair, decision, left }) {
      if (isFirst) teller.note(pairHead);
      isFirst = false;
      const { evidence } = decision;
      const bounds = evidence === null ? null : interval(evidence);
      const { result } = pair;
      const effect = result.effects?.[plan.rule.metric] ?? null;
      teller.note(
        pairLine({
          pair: result,
          effectPct: effect === null ? null : asPct(effect),
          meanPct: evidence === null ? null : asPct(evidence.mean),
          lowerPct: bounds !== null && Number.isFinite(bounds.lower) ? asPct(bounds.lower) : null,
          upperPct: bounds !== null && Number.isFinite(bounds.upper) ? asPct(bounds.upper) : null,
          eValue: decision.eValue,
          // What equal arms come to is no verdict.
          kind: plan.kind === 'calibrate' ? 'going-on' : decision.kind,
          soFar: plan.kind === 'calibrate' ? '' : standingOf(decision, rentOf(plan.rule.addedDeviations)),
          left,
        }),
      );
    },
  };
}
