import { requireExpected } from './expectations.ts';
import type { Interrupt } from './interrupt.ts';
import type { LaunchInput } from './launch.ts';
import { watchLaunch } from './launch-watch.ts';
import type { Plan } from './plan.ts';
import { hasCompiled } from './priming.ts';
import { cacheRoots, freezeSnapshot } from './provenance.ts';
import type { Place } from './repository.ts';
import type { RunFacts } from './run-facts.ts';
import type { Readied } from './set-up.ts';
import { isAbsent } from './snapshot/probe.ts';
import type { Teller } from './teller.ts';
import type { FrozenSnapshot } from './write-run.ts';

/** What is known once the machine is ours. */
export interface Story {
  readonly plan: Plan;
  readonly place: Place;
  readonly runId: string;
  readonly readied: Readied;
  readonly interrupt: Interrupt;
  readonly teller: Teller;
}

/**
 * What one launch needs, with a `freeze` that keeps each snapshot in `snapshots`.
 * @param mayPrime a launch that has added to the compile caches by then is not measured.
 */
export function launchInput(
  story: Story,
  facts: RunFacts,
  launch: Pick<LaunchInput, 'number' | 'files' | 'isAgain' | 'recall' | 'ownAsking'>,
  snapshots: FrozenSnapshot[],
  mayPrime = false,
): LaunchInput {
  const { plan, place, readied } = story;
  const { experiment, start, container, inputs, secrets, shell } = readied;
  const { engine } = plan;
  const watch = watchLaunch({
    env: readied.hostEnv,
    hashing: readied.hashing,
    cacheRoots: cacheRoots(engine, experiment, container),
    hasGpus: !isAbsent(inputs.gpu),
    files: launch.files,
    now: () => facts.clock.now(),
  });
  return {
    ...story,
    ...launch,
    of: experiment.launches,
    experiment,
    command: start?.command ?? '',
    container,
    cwd: start?.cwd ?? '',
    clock: facts.clock,
    redact: readied.redact,
    watch,
    async freeze(seen) {
      const { harness } = place;
      const context = {
        experiment,
        engine,
        inputs,
        container,
        harness,
        secrets,
        shell: shell?.argv ?? null,
        files: launch.files,
        watch,
      };
      const engineVersion = engine.version(seen.stated);
      const frozen = { ...(await freezeSnapshot(seen, context)), engineVersion };
      snapshots.push(frozen);
      requireExpected(experiment, engine, seen, frozen, inputs);
      return !(mayPrime && hasCompiled(watch.caches()));
    },
  };
}
