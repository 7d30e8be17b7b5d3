import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Lane } from './lane.ts';
import { leftoversOf } from './leftovers.ts';
import { type Phase, type PhaseTimes, runMs } from './phase.ts';
import type { Moment } from './plan.ts';
import { soundRepository, wholeRows } from './state.ts';
import { startBench, type Victim } from './victim.ts';

/** A run that was killed, and what was found afterwards. */
export interface Killed {
  readonly phase: Phase;
  /** null: it died before it had a bundle. */
  readonly runId: string | null;
  /** From the death of bench until nothing of the engine was left, in ms. */
  readonly goneMs: number;
  readonly leftIndexLock: boolean;
}

/**
 * Starts bench, kills it at the moment and looks at what is left: no process, no cgroup, whole rows, a sound repository.
 * A bench that was over before its moment tells how long a run takes by now; then another is started.
 * @param kill how; by default SIGKILL to bench alone.
 */
export async function killAt(
  program: string,
  lane: Lane,
  moment: Moment,
  expected: PhaseTimes,
  kill: (victim: Victim) => void = ({ pid }) => process.kill(pid, 'SIGKILL'),
): Promise<Killed> {
  let times = expected;
  for (let tries = 0; tries < 6; tries++) {
    const before = { bundles: new Set(lane.bundles()), ledger: lane.ledger() };
    const victim = startBench(program, lane);
    await comes(victim, moment, times);
    const phase = victim.phase();
    if (victim.isOver()) {
      times = await undisturbed(lane, victim);
      continue;
    }
    kill(victim);
    const { signal, stderr } = await victim.ended;
    if (signal !== 'SIGKILL') continue;
    lane.killedPids.push(victim.pid);
    const runId = lane.bundles().find((id) => !before.bundles.has(id)) ?? null;
    const context = `killed in ${phase} (${JSON.stringify(moment)}, run ${runId}); it had said:\n${stderr}`;
    const { processes, leaves, tookMs } = await leftoversOf(lane.mark, victim.identity);
    expect(processes, `${context}: processes left`).toEqual([]);
    expect(leaves, `${context}: cgroups left`).toEqual([]);
    wholeRows(lane, context);
    expect(lane.ledger().startsWith(before.ledger), `${context}: a row was lost`).toBe(true);
    // A bench that came past its set-up has finished the commit of one that was killed before it.
    const suspects = phase === 'set-up' ? lane.killedPids : [victim.pid];
    const leftIndexLock = await soundRepository(lane, suspects, context);
    return { phase, runId, goneMs: tookMs, leftIndexLock };
  }
  throw new Error(`bench was over before ${JSON.stringify(moment)} every time`);
}

async function comes(victim: Victim, moment: Moment, times: PhaseTimes): Promise<void> {
  if (moment.phase !== null) await victim.reaches(moment.phase);
  const lengthMs = moment.phase === null ? runMs(times) : times[moment.phase];
  await Promise.race([sleep(lengthMs * moment.share), victim.ended]);
}

/** A run that nobody disturbs: exit 0, a row, nothing left. */
export async function runUndisturbed(program: string, lane: Lane): Promise<PhaseTimes> {
  return undisturbed(lane, startBench(program, lane));
}

/** On a busy machine a run may rightly call itself `invalid:client-late` and exit 5: it worked all the same. */
async function undisturbed(lane: Lane, victim: Victim): Promise<PhaseTimes> {
  const { code, stderr, times } = await victim.ended;
  const context = `an undisturbed run that said:\n${stderr}`;
  const row = wholeRows(lane, context).at(-1);
  const isLate = row?.status === 'discard' && row.reason === 'invalid:client-late';
  expect(code, context).toBe(isLate ? 5 : 0);
  if (!isLate) expect(row?.reason, context).toMatch(/^(baseline|repeat)$/);
  const { processes, leaves } = await leftoversOf(lane.mark, victim.identity);
  expect({ processes, leaves }, context).toEqual({ processes: [], leaves: [] });
  return times;
}
