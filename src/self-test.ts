import { type CheckFlags, type CheckResult, check } from './check.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';

/** Whether a gate can fail and can pass: what it said of two equal engines and of one that was held back. */
export interface SelfTestResult {
  readonly equal: CheckResult;
  readonly slowed: CheckResult;
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
  const { seesPct } = equal;
  if (seesPct === null) {
    throw new BenchError('The gate cannot tell what it sees: there is no calibration that counts', {
      exitCode: ExitCode.usage,
      hint: `Measure the noise first: bench calibrate ${config}.`,
    });
  }
  const plantedPct = 2 * Math.max(seesPct, equal.comparison.minEffectPct);
  teller.note(`self-test 2 of 2: every answer ${plantedPct.toFixed(1)} % slower, which must fail`);
  const slowed = await check(config, { ...own, slowerShare: plantedPct / 100 }, teller, world);
  const holds = equal.status === 'pass' && slowed.status === 'regression';
  return { equal, slowed, plantedPct, seesPct, holds, exitCode: holds ? ExitCode.done : ExitCode.regression };
}
