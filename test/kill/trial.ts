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
 * A bench that was done before its moment is started again and killed a little earlier.
 * @param kill how; by default SIGKILL to bench alone.
 */
export async function killAt(
  program: string,
  lane: Lane,
  moment: Moment,
  times: PhaseTimes,
  kill: (victim: Victim) => void = ({ pid }) => process.kill(pid, 'SIGKILL'),
): Promise<Killed> {
  for (let shorter = 1; shorter > 0.3; shorter *= 0.85) {
    const before = { bundles: new Set(lane.bundles()), ledger: lane.ledger() };
    const victim = startBench(program, lane);
    await comes(victim, moment, times, shorter);
    const phase = victim.phase();
    try {
      kill(victim);
    } catch {
      // Over already: seen below.
    }
    const { signal, stderr } = await victim.ended;
    lane.killedPids.push(victim.pid);
    if (signal !== 'SIGKILL') { process.stderr.write(`RETRY ${phase} ${signal} ${JSON.stringify(moment)}\n${stderr.slice(-600)}\n${lane.bundles()}\n`); continue; }
    const runId = lane.bundles().find((id) => !before.bundles.has(id)) ?? null;
    const context = `killed in ${phase} (${JSON.stringify(moment)}, run ${runId}); it had said:\n${stderr}`;
    const { processes, leaves, tookMs } = await leftoversOf(lane.mark, victim.identity);
    expect(processes, `${context}: processes left`).toEqual([]);
    expect(leaves, `${context}: cgroups left`).toEqual([]);
    wholeRows(lane, context);
    expect(lane.ledger().startsWith(before.ledger), `${context}: a row was lost`).toBe(true);
    const leftIndexLock = await soundRepository(lane, context);
    return { phase, runId, goneMs: tookMs, leftIndexLock };
  }
  throw new Error(`bench was over before ${JSON.stringify(moment)} every time`);
}

async function comes(victim: Victim, moment: Moment, times: PhaseTimes, shorter: number): Promise<void> {
  if (moment.phase !== null) await victim.reaches(moment.phase);
  const lengthMs = moment.phase === null ? runMs(times) : times[moment.phase];
  await Promise.race([sleep(lengthMs * moment.share * shorter), victim.ended]);
}

/**
 * A run that nobody disturbs: exit 0, a row, nothing left. On a busy machine a run may rightly call itself
 * `invalid:client-late`; then another is made.
 */
export async function runUndisturbed(program: string, lane: Lane): Promise<PhaseTimes> {
  for (let tries = 1; ; tries++) {
    const victim = startBench(program, lane);
    const { code, stderr, times } = await victim.ended;
    const row = wholeRows(lane, 'an undisturbed run').at(-1);
    if (code === 5 && row?.reason === 'invalid:client-late' && tries < 4) continue;
    expect(code, `an undisturbed run (${row?.reason}):\n${stderr}`).toBe(0);
    expect(row?.status, 'its row').toBe('keep');
    const { processes, leaves } = await leftoversOf(lane.mark, victim.identity);
    expect({ processes, leaves }, 'left by an undisturbed run').toEqual({ processes: [], leaves: [] });
    return times;
  }
}
