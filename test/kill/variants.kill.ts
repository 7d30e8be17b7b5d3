import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installedBench, scriptedEngine } from '../e2e/installed.ts';
import { scriptedExperiment } from './experiment.ts';
import { type Lane, makeLane } from './lane.ts';
import { guardOf, leavesOf, leftoversOf, processesWith } from './leftovers.ts';
import { mend } from './mending.ts';
import { type Phase, phases } from './phase.ts';
import { whyNot } from './settings.ts';
import { wholeRows } from './state.ts';
import { killAt, runUndisturbed } from './trial.ts';
import { startBench, type Victim } from './victim.ts';

let program = '';
let experiment = '';

beforeAll(async () => {
  if (whyNot !== null) return;
  const installed = await installedBench();
  program = `${installed}/dist/src/main.js`;
  experiment = scriptedExperiment(scriptedEngine(installed));
});

beforeEach((context) => {
  if (whyNot !== null) context.skip(whyNot);
});

describe('kill -9 of the whole process group of bench', () => {
  it('leaves nothing in any phase, and the next run works', async (context) => {
    const lane = await makeLane(experiment, context);
    const times = await runUndisturbed(program, lane);
    const killed: string[] = [];
    for (const phase of phases) {
      const moment = { phase, share: 0.5 };
      const trial = await killAt(program, lane, moment, times, ({ pid }) => process.kill(-pid, 'SIGKILL'));
      if (trial.runId !== null) killed.push(trial.runId);
    }
    await runUndisturbed(program, lane);
    await mend(program, lane, killed);
  });
});

describe('kill -9 of the guard alone', () => {
  it.concurrent.for<Phase>(['start', 'warm-up', 'measuring', 'stop'])(
    'in the phase "%s": bench starts another, finishes, and says it',
    async (phase, context) => {
      const lane = await makeLane(experiment, context);
      const victim = startBench(program, lane);
      await killGuard(victim, phase);
      const { code, stderr } = await victim.ended;
      const row = wholeRows(lane, phase).at(-1);
      // A machine too busy to stamp in time voids the numbers, not what is shown here.
      expect([0, 5], stderr).toContain(code);
      if (code === 5) expect(row?.reason).toBe('invalid:client-late');
      expect(row?.findings).toContain('guard-lost');
      await expectNothing(lane, victim);
    },
  );

  it('does not help the engine to outlive a bench that is killed next', async (context) => {
    const lane = await makeLane(experiment, context);
    const victim = startBench(program, lane);
    const first = await killGuard(victim, 'warm-up');
    while ([undefined, first].includes(guardOf(victim.identity)?.pid)) await sleep(5);
    process.kill(victim.pid, 'SIGKILL');
    await expectNothing(lane, victim);
  });
});

describe('kill -9 of bench and its guard at one blow', () => {
  it('leaves the engine, daemon and all, until the next bench ends it', async (context) => {
    const lane = await makeLane(experiment, context);
    const victim = startBench(program, lane);
    await victim.reaches('measuring');
    process.kill(victim.pid, 'SIGSTOP');
    process.kill(guardOf(victim.identity)?.pid ?? 0, 'SIGKILL');
    process.kill(victim.pid, 'SIGKILL');
    await victim.ended;
    // What all the other tests look for is real: without a guard it stays.
    await sleep(1_000);
    const commands = processesWith([lane.mark]).map((left) => left.command);
    expect(commands.filter((command) => command.includes('sleep 1; done'))).toHaveLength(1);
    expect(commands.filter((command) => command.includes('scripted-engine'))).toHaveLength(1);
    expect(leavesOf(victim.identity)).toHaveLength(1);
    await runUndisturbed(program, lane);
    await expectNothing(lane, victim);
    await mend(program, lane, lane.bundles().slice(0, 1));
  });
});

/** Kills the guard shortly after a phase began; answers its pid. */
async function killGuard(victim: Victim, phase: Phase): Promise<number> {
  await victim.reaches(phase);
  let guard = guardOf(victim.identity);
  while (guard === undefined && !victim.isOver()) {
    await sleep(2);
    guard = guardOf(victim.identity);
  }
  const pid = guard?.pid ?? 0;
  expect(pid, `a guard in the phase ${phase}`).toBeGreaterThan(0);
  process.kill(pid, 'SIGKILL');
  return pid;
}

async function expectNothing(lane: Lane, victim: Victim): Promise<void> {
  const { processes, leaves } = await leftoversOf(lane.mark, victim.identity);
  expect({ processes, leaves }).toEqual({ processes: [], leaves: [] });
}
