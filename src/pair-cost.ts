import { existsSync, readFileSync } from 'node:fs';
import { recordPath } from './ledger/place.ts';
import type { RunRecord } from './ledger/record.ts';
import { noiseOf } from './pair-comparison.ts';
import type { PairSession, ToldPair } from './pair-session.ts';
import { pairHead, pairLine } from './report/pair-lines.ts';
import { formatDuration, plural, significant } from './units.ts';
import { fewestPairs } from './verdict/decide.ts';
import { interval } from './verdict/evidence.ts';
import { asPct } from './verdict/floor.ts';

/** Says before the first launch what the pairs will cost at most, what they can find, and the cheaper command. */
export async function announceCost(session: PairSession): Promise<void> {
  for (const line of costLines(session)) session.teller.note(line);
}

/** The lines of {@link announceCost}. */
export function costLines(session: PairSession): string[] {
  const { plan, calibrated } = session;
  const { maxPairs, metric } = plan.rule;
  const seconds = launchSeconds(session);
  const each = seconds === null ? 'of a length not seen yet' : `of about ${formatDuration(seconds * 1000)}`;
  const wholeMs = seconds === null ? null : seconds * 1000 * 2 * maxPairs;
  const whole = wholeMs === null ? '' : `, ${formatDuration(wholeMs)} in all`;
  const cost = `${plural(maxPairs, 'pair')}: ${2 * maxPairs} launches ${each}${whole} (budget ${formatDuration(plan.budgetMs)})`;
  const name = plan.candidate.loaded.configPath;
  const overBudget =
    wholeMs !== null && wholeMs > plan.budgetMs
      ? [
          `the budget ends it after about ${plural(Math.max(1, Math.floor(plan.budgetMs / (seconds ?? 1) / 2000)), 'pair')}; --budget raises it`,
        ]
      : [];
  if (plan.kind === 'calibrate')
    return [cost, `cheaper, and less sure: bench calibrate ${name} --quads 2`, ...overBudget];
  const noise = noiseOf(plan, null, calibrated);
  const found = calibrated[metric] ?? null;
  const fewest = noise.floorFrom === 'calibration' ? fewestPairs.calibrated : fewestPairs.uncalibrated;
  return [
    `at most ${cost}; it stops as soon as it knows, with a keep not before ${plural(fewest, 'pair')}`,
    noise.mdePct === null
      ? `what they can find is not known: ${found?.expired == null ? `no calibration of ${metric} here` : `the calibration does not count, ${found.expired}`}; bench calibrate ${name} measures it`
      : `floor ${significant(noise.floorPct ?? 0, 2)} %; ${plural(maxPairs, 'pair')} find ${significant(noise.mdePct, 2)} % of ${metric} in 8 of 10 runs`,
    ...(plan.kind === 'run' && !plan.isSame
      ? [`cheaper: bench run ${name} --provisional (one launch against the stored baseline, never a keep)`]
      : []),
    ...overBudget,
  ];
}

/** Seconds that a launch of either arm took here, from start to stop: of the calibration, else of the newest record. */
export function launchSeconds({ plan, calibrated, arms, rows }: PairSession): number | null {
  const found = calibrated[plan.rule.metric] ?? null;
  const { fingerprint } = arms.candidate.facts.row;
  if (found !== null && found.file.fingerprint === fingerprint) return found.file.launchSeconds;
  const ids = [arms.candidate.facts.expId, arms.baseline.facts.expId];
  const row = rows.findLast((one) => ids.includes(one.exp_id ?? '') && (one.launches ?? 0) > 0);
  if (row === undefined) return null;
  const path = recordPath(arms.candidate.place.ledger, row.run_id);
  if (!existsSync(path)) return null;
  const { startedAt, endedAt, launches } = JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
  if (endedAt === null || launches.length === 0) return null;
  return (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 / launches.length;
}

/** Tells each pair in a line, under a head. */
export function pairTeller(): { onPair(session: PairSession, told: ToldPair): void } {
  let isFirst = true;
  return {
    onPair({ teller, plan }, { pairs, decision, left }) {
      if (isFirst) teller.note(pairHead);
      isFirst = false;
      const { evidence } = decision;
      const bounds = evidence === null ? null : interval(evidence);
      for (const { result } of pairs) {
        const effect = result.effects?.[plan.rule.metric] ?? null;
        teller.note(
          pairLine({
            pair: result,
            effectPct: effect === null ? null : asPct(effect),
            meanPct: evidence === null ? null : asPct(evidence.mean),
            lowerPct: bounds !== null && Number.isFinite(bounds.lower) ? asPct(bounds.lower) : null,
            upperPct: bounds !== null && Number.isFinite(bounds.upper) ? asPct(bounds.upper) : null,
            eValue: decision.eValue,
            kind: decision.kind,
            left,
          }),
        );
      }
    },
  };
}
