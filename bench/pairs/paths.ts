/**
 * `npm run bench:paths`: how often the rule keeps or blames nothing on real launches. Draws A/A runs from the launches that
 * `npm run bench:pairs` has kept, and lets the rule look after every pair.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sampleSd } from '../../src/stats/describe.ts';
import { trimmedMean } from '../../src/stats/trimmed-mean.ts';
import type { PairEffects } from '../../src/verdict/comparison.ts';
import { decide, type Rule } from '../../src/verdict/decide.ts';
import { randomStream } from '../../src/workload/random.ts';
import { checkoutRoot } from '../clock/compile.ts';
import type { LaunchData } from './workplace.ts';

const pairs = 8;
const none = { requests: 0, failed: 0, launchesByQuery: {} };
const rule: Rule = {
  metric: 'decode_tok_s',
  minEffect: 0.01,
  addedDeviations: 0,
  maxPairs: pairs,
  tolerances: {},
  allowedErrors: 0,
  outputs: 'report',
};

process.exitCode = main();

function main(): number {
  const { values } = parseArgs({
    options: { paths: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' } },
  });
  const path = join(checkoutRoot(), 'bench/pairs/data/launches.json');
  const { launches } = JSON.parse(readFileSync(path, 'utf8')) as { launches: readonly LaunchData[] };
  const random = randomStream(`paths ${values.seed}`);
  process.stdout.write(
    `${launches.length} launches, ${values.paths} paths a line, at most ${pairs} pairs each\n\n`,
  );
  process.stdout.write(
    '| drawn | calibrated | kept | called worse | equivalent | inconclusive | pairs, mean |\n',
  );
  process.stdout.write('| --- | --- | ---: | ---: | ---: | ---: | ---: |\n');
  let kept = 0;
  for (const isInOrder of [true, false]) {
    for (const isCalibrated of [true, false]) {
      const ends = Array.from({ length: Number(values.paths) }, () =>
        walk(launches, { isInOrder, isCalibrated }, random),
      );
      const share = (reason: RegExp): string =>
        `${((100 * ends.filter((end) => reason.test(end.reason)).length) / ends.length).toFixed(1)} %`;
      kept += ends.filter((end) => /better|simpler/.test(end.reason)).length;
      const mean = ends.reduce((sum, end) => sum + end.pairs, 0) / ends.length;
      const how = isInOrder ? 'neighbours, in the order in which they ran' : 'any launches, shuffled';
      process.stdout.write(
        `| ${how} | ${isCalibrated ? 'from 8 other pairs' : 'no'} | ${share(/better|simpler/)} | ${share(/worse/)} | ${share(/equivalent/)} | ${share(/inconclusive/)} | ${mean.toFixed(1)} |\n`,
      );
    }
  }
  return kept > 0.02 * 4 * Number(values.paths) ? 1 : 0;
}

interface Drawing {
  /** A window of launches as they ran, which keeps drift; else any. */
  readonly isInOrder: boolean;
  readonly isCalibrated: boolean;
}

/** One A/A run: pairs of launches whose arms are drawn, until the rule has decided. */
function walk(
  launches: readonly LaunchData[],
  { isInOrder, isCalibrated }: Drawing,
  random: () => number,
): { reason: string; pairs: number } {
  const need = 2 * pairs * 2;
  const start = Math.floor(random() * (launches.length - need + 1));
  const drawn = isInOrder ? launches.slice(start, start + need) : shuffled(launches, random).slice(0, need);
  const effects = Array.from({ length: pairs * 2 }, (_, at) => {
    const [one, other] = [drawn[2 * at], drawn[2 * at + 1]];
    const effect = one && other ? effectOf(one, other) : 0;
    return random() < 0.5 ? effect : -effect;
  });
  const earlier = effects.slice(0, pairs);
  const sd = sampleSd(earlier) ?? 0;
  const calibration = isCalibrated ? { variance: sd ** 2, degrees: pairs - 1 } : null;
  for (let count = 1; ; count += 1) {
    const seen = effects
      .slice(pairs, pairs + count)
      .map((effect) => ({ decode_tok_s: effect }) as PairEffects);
    const decision = decide(rule, {
      effects: seen,
      calibrations: { decode_tok_s: calibration },
      failures: { baseline: none, candidate: none },
      answers: [],
      recall: null,
      measurable: new Set<string>(),
      isSpent: count === pairs,
    });
    if (decision.kind !== 'going-on') return { reason: decision.reason, pairs: count };
  }
}

function effectOf(one: LaunchData, other: LaunchData): number {
  const ratios = Object.entries(one.queries).flatMap(([query, [decodeTokS]]) => {
    const its = other.queries[query]?.[0];
    return its === undefined ? [] : [Math.log(its / decodeTokS)];
  });
  return trimmedMean(ratios);
}

function shuffled<Value>(values: readonly Value[], random: () => number): Value[] {
  const copy = [...values];
  for (let at = copy.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [copy[at], copy[other]] = [copy[other] as Value, copy[at] as Value];
  }
  return copy;
}
