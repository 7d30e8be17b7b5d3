import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { installedBench, scriptedEngine } from '../e2e/installed.ts';
import { realEngine } from '../real-engine.ts';
import { llamaExperiment, scriptedExperiment } from './experiment.ts';
import { makeLane } from './lane.ts';
import { mend } from './mending.ts';
import { type PhaseTimes, phases } from './phase.ts';
import { drawMoments } from './plan.ts';
import { groupSize, say, seed, trialCount, whyNot } from './settings.ts';
import { openTally } from './tally.ts';
import { killAt, runUndisturbed } from './trial.ts';

/** Every seventh group is killed with the real server. */
const groups = Array.from({ length: Math.ceil(trialCount / groupSize) }, (_, at) => ({
  first: at * groupSize + 1,
  last: Math.min((at + 1) * groupSize, trialCount),
  engine: at % 7 === 3 ? 'llamacpp' : 'scripted',
}));
const moments = drawMoments(trialCount, seed);
const tally = openTally();
/** How long the phases of an undisturbed run take; the newest of each engine. */
const times: Record<string, PhaseTimes> = {};
let program = '';

say(whyNot === null ? `BENCH_KILL_SEED=${seed}` : `kill -9 of bench cannot be shown here: ${whyNot}`);

beforeAll(async () => {
  if (whyNot !== null) return;
  program = `${await installedBench()}/dist/src/main.js`;
});

afterAll(() => {
  if (whyNot === null) tally.print();
});

describe('a run that nobody disturbs', () => {
  it.for(['scripted', 'llamacpp'])('leaves nothing but its row (%s)', async (engine, context) => {
    const lane = await makeLane(await experimentOf(engine, context), context);
    times[engine] = await runUndisturbed(program, lane);
  });
});

describe(`kill -9 at random moments, seed ${seed}`, () => {
  it.concurrent.for(groups)(
    'trials $first to $last, $engine: nothing is left, the next run works',
    async (group, context) => {
      const { first, last, engine } = group;
      const lane = await makeLane(await experimentOf(engine, context), context);
      const killed: string[] = [];
      for (const moment of moments.slice(first - 1, last)) {
        const expected = times[engine];
        if (expected === undefined)
          throw new Error('without the undisturbed run there is no length to draw from');
        const trial = await killAt(program, lane, moment, expected);
        tally.add(engine, trial);
        if (trial.runId !== null) killed.push(trial.runId);
      }
      times[engine] = await runUndisturbed(program, lane);
      await mend(program, lane, killed);
    },
  );
});

describe('the moments', () => {
  it.for(phases)('fell into the phase "%s" often enough', (phase, context) => {
    if (whyNot !== null) context.skip(whyNot);
    // 15 of 200: half of the trials go through the six phases in turn.
    expect(tally.hits(phase)).toBeGreaterThanOrEqual(Math.floor(0.075 * tally.count()));
    expect(tally.count()).toBeGreaterThan(0);
  });
});

async function experimentOf(engine: string, context: TestContext): Promise<string> {
  if (whyNot !== null) context.skip(whyNot);
  return engine === 'llamacpp'
    ? llamaExperiment(await realEngine())
    : scriptedExperiment(scriptedEngine(await installedBench()));
}
