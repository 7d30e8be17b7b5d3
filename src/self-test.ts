import { type CheckFlags, type CheckResult, check } from './check.ts';
import { ExitCode } from './errors.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';

/** Whether a gate can fail and can pass: what it said of two equal engines and of one that was held back. */
export interface SelfTestResult {
  readonly equal: CheckResult;
  /** Null: the first half gave no answer. */
  readonly slowed: CheckResult | null;
  /** How much slower the second candidate was made, %. */
  readonly plantedPct: number;
  readonly seesPct: number;
  readonly holds: boolean;
  readonly exitCode: ExitCode;
}

/**
 * The experiment against itself, then against itself with every answer slower by twice the MDE, both through the gate's own path: the
 * first must pass, the second must fail.
 * @throws BenchError as `check` does; exit 2 when there is no calibration to take the MDE from.
 */
export async function selfTest(
  config: string,
  flags: CheckFlags,
  teller: Teller,
  world: World,
): Promise<SelfTestResult> {
  const own = { ...flags, baseline: config, slowerShare: 0 };
  teller.note('self-test 1 of 2: the experiment against itself, which must pass');
  const equal = await check(config, own, teller, world);
  const seesPct = equal.seesPct ?? 0;
  const plantedPct = 2 * seesPct;
  const half = { equal, slowed: null, plantedPct, seesPct, holds: false };
  // Stopped, crashed or undecided: the second half would say nothing.
  if (equal.status !== 'pass' && equal.status !== 'regression') return { ...half, exitCode: equal.exitCode };
  teller.note(`self-test 2 of 2: every answer ${plantedPct.toFixed(1)} % slower, which must fail`);
  const slowed = await check(config, { ...own, slowerShare: plantedPct / 100 }, teller, world);
  const holds = equal.status === 'pass' && slowed.status === 'regression';
  const isAnswer = slowed.status === 'pass' || slowed.status === 'regression';
  return {
    ...half,
    slowed,
    holds,
    exitCode: holds ? ExitCode.done : isAnswer ? ExitCode.regression : slowed.exitCode,
  };
}
