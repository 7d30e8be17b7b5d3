import { openBundle } from './bundle.ts';
import { findCheckout } from './checkout.ts';
import { expId } from './config/identity.ts';
import { BenchError } from './errors.ts';
import { type Interrupt, listenForInterrupt } from './interrupt.ts';
import { announceCommits } from './keep-run.ts';
import { type LaunchInput, type LaunchOutcome, runLaunch } from './launch.ts';
import { readLedger } from './ledger/read.ts';
import { newRunId } from './ledger/run-id.ts';
import { startClock } from './measure/clock.ts';
import { measureOverhead } from './overhead.ts';
import { type Plan, planRun, type RunFlags } from './plan.ts';
import { freezeSnapshot } from './provenance.ts';
import { reachRemote, remoteAddress, runRemote } from './remote.ts';
import { openPlace, type Place } from './repository.ts';
import { describeRun, type RunFacts } from './run-facts.ts';
import { type Readied, ready } from './set-up.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';
import { type EndedRun, type FrozenSnapshot, type WrittenRun, writeRun } from './write-run.ts';

/** What `bench run` came to: a row, whatever happened after the spawn. */
export interface RunResult extends WrittenRun {
  readonly facts: RunFacts;
  /** Of the bundle, relative to the root. */
  readonly bundlePath: string;
  readonly durationMs: number;
}

/**
 * YAML -> clean process -> honest clock -> row -> commit.
 * @throws BenchError before anything was launched: exit 2 for the file, the flags or dirt, exit 5 when set-up
 *   fails or another measurement holds the machine. After that every ending is a row.
 */
export async function run(config: string, flags: RunFlags, teller: Teller, world: World): Promise<RunResult> {
  const plan = await planRun(config, flags, world);
  const place = await openPlace(plan, flags, world);
  await readLedger(place.ledger);
  const announcement = await announceCommits(place);
  for (const line of [...plan.hints, ...(announcement === null ? [] : [announcement])]) teller.note(line);
  const interrupt = listenForInterrupt();
  try {
    const runId = newRunId();
    const readied = await ready({ plan, runId, wait: flags.wait, interrupt, teller, world });
    try {
      return await measureAndWrite({ plan, place, runId, readied, interrupt, teller });
    } finally {
      readied.lock.release();
    }
  } catch (error) {
    const exitCode = interrupt.exitCode();
    if (exitCode === null || error instanceof BenchError) throw error;
    throw new BenchError('Interrupted before the engine started; nothing was written.', {
      exitCode,
      cause: error,
    });
  } finally {
    interrupt.release();
  }
}

interface Story {
  readonly plan: Plan;
  readonly place: Place;
  readonly runId: string;
  readonly readied: Readied;
  readonly interrupt: Interrupt;
  readonly teller: Teller;
}

async function measureAndWrite(story: Story): Promise<RunResult> {
  const { plan, place, runId, readied, interrupt, teller } = story;
  teller.step("measuring bench's own overhead");
  const overhead = await measureOverhead(findCheckout().root, interrupt.signal);
  const clock = startClock();
  const id = expId(plan.loaded, place.trackedFiles);
  const facts = describeRun({ plan, place, runId, readied, clock, overhead, expId: id });
  const bundle = openBundle(plan.loaded.root, runId);
  bundle.writeRun(facts.runFile(null));
  const ended: EndedRun = { plan, place, readied, facts, bundle, ...(await launchAll(story, facts, bundle)) };
  teller.step('writing the row');
  const written = await writeRun(ended);
  return { ...written, facts, bundlePath: bundle.shownPath, durationMs: clock.now() / 1e6 };
}

/** Launch after launch, until all are done or one of them fails. */
async function launchAll(
  story: Story,
  facts: RunFacts,
  bundle: ReturnType<typeof openBundle>,
): Promise<Pick<EndedRun, 'outcomes' | 'snapshots'>> {
  const { plan, readied, place } = story;
  const { experiment, start } = readied;
  const remote = start === null ? await reachRemote(remoteAddress(experiment)) : null;
  const outcomes: LaunchOutcome[] = [];
  const snapshots: FrozenSnapshot[] = [];
  for (let number = 1; number <= experiment.launches; number += 1) {
    const files = bundle.launch(number);
    files.write('experiment.json', facts.experimentFile);
    const input: LaunchInput = {
      ...story,
      number,
      of: experiment.launches,
      experiment,
      command: start?.command ?? '',
      cwd: start?.cwd ?? '',
      files,
      clock: facts.clock,
      redact: readied.redact,
      async freeze(seen) {
        const { inputs, secrets, shell } = readied;
        const context = {
          experiment,
          engine: plan.engine,
          inputs,
          harness: place.harness,
          secrets,
          shell: shell?.argv ?? null,
          files,
        };
        snapshots.push({
          ...(await freezeSnapshot(seen, context)),
          engineVersion: plan.engine.version(seen.facts, ''),
        });
      },
    };
    const outcome = remote === null ? await runLaunch(input) : await runRemote(input, remote);
    outcomes.push(outcome);
    if (outcome.failure !== null) break;
  }
  return { outcomes, snapshots };
}
