import { type Bundle, openBundle } from './bundle.ts';
import { findCheckout } from './checkout.ts';
import { expId } from './config/identity.ts';
import { ExitCode } from './errors.ts';
import { changedInputs } from './inputs-again.ts';
import { interruptibly } from './interrupt.ts';
import { announceCommits } from './keep-run.ts';
import { type LaunchInput, type LaunchOutcome, neverLaunched, runLaunch } from './launch.ts';
import { explainFailure } from './launch-failure.ts';
import { launchInput, type Story } from './launch-input.ts';
import { finishLeftCommit } from './ledger/index-lock.ts';
import { readLedger } from './ledger/read.ts';
import type { NewRow } from './ledger/row.ts';
import { newRunId } from './ledger/run-id.ts';
import { startClock } from './measure/clock.ts';
import { measureOverhead } from './overhead.ts';
import type { Plan, RunFlags } from './plan.ts';
import { judgeCaches } from './priming.ts';
import { requireContexts } from './recall-limit.ts';
import { redactingErrors } from './redacted-errors.ts';
import { reachRemote, remoteAddress, runRemote } from './remote.ts';
import { openPlace } from './repository.ts';
import { describeRun, type RunFacts } from './run-facts.ts';
import type { Target } from './session.ts';
import { type Readied, ready } from './set-up.ts';
import { redactor } from './snapshot/redact.ts';
import { metricOf } from './stats/summarize.ts';
import { requireArtifact } from './stored-experiment.ts';
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

/** How one launch is compared with stored ones. */
export interface Provisional {
  /** The reason, `provisional` or `unjudged`, and the cells that say against what. */
  judge(readied: Readied, value: number | null): Promise<{ reason: string; cells: Partial<NewRow> }>;
}

/** A story that launches and asks in its own way, within a run that is otherwise like any other. */
export interface OwnLaunches {
  /** Looked at before anything starts. @throws BenchError (exit 2) to refuse. */
  check(readied: Readied): void;
  /** Every launch. */
  launchAll(story: Story, launching: Launching): Promise<Launched>;
}

/**
 * Plan -> clean process -> honest clock -> row -> commit.
 * @param provisional compares it with stored launches; null: nothing does.
 * @param own launches in place of the planned ones; left out: those that the plan says.
 * @throws BenchError before anything was launched: exit 2 for the flags or dirt, exit 5 when set-up fails or another
 *   measurement holds the machine. After that every ending is a row.
 */
export function runPlan(
  plan: Plan,
  flags: RunFlags,
  teller: Teller,
  world: World,
  provisional: Provisional | null,
  own: OwnLaunches | null = null,
): Promise<RunResult> {
  return redactingErrors(redactor(plan.loaded.secrets), async () => {
    const place = await openPlace(plan, flags, world);
    await readLedger(place.ledger);
    const announcement = await announceCommits(place);
    for (const line of [...plan.hints, ...(announcement === null ? [] : [announcement])]) teller.note(line);
    return interruptibly(async (interrupt) => {
      const runId = newRunId();
      const readied = await ready({ plan, runId, wait: flags.wait, interrupt, teller, world });
      try {
        if (place.repo.kind === 'normal' && place.whyNot === null) await finishLeftCommit(place.repo);
        const story = { plan, place, runId, readied, interrupt, teller };
        return await redactingErrors(readied.redact, () => measureAndWrite(story, provisional, own));
      } finally {
        readied.lock.release();
      }
    });
  });
}

async function measureAndWrite(
  story: Story,
  provisional: Provisional | null,
  own: OwnLaunches | null,
): Promise<RunResult> {
  const { plan, place, runId, readied, interrupt, teller } = story;
  requireArtifact(plan, readied, ExitCode.usage);
  if (own === null) requireContexts(plan, readied);
  else own.check(readied);
  const address = readied.start === null ? remoteAddress(readied.experiment) : null;
  const remote = address === null ? null : await reachRemote(address, readied.redact);
  const overhead = plan.sameAsParent === null ? await ownOverhead(story) : null;
  const clock = startClock();
  const id = expId(plan.loaded, place.trackedFiles);
  const facts = describeRun({ plan, place, runId, readied, clock, overhead, expId: id });
  const bundle = openBundle(plan.loaded.root, runId, readied.redact);
  const launched = await (own?.launchAll ?? launchAll)(story, { facts, bundle, remote });
  const inputsChanged = await changedInputs({ plan, readied, place }, interrupt.signal);
  const over: EndedRun = { plan, place, readied, interrupt, facts, bundle, inputsChanged, ...launched };
  const ended = provisional === null ? over : { ...over, unpaired: await comparedWith(provisional, over) };
  teller.step('writing the row');
  const written = await writeRun(ended);
  return { ...written, facts, bundlePath: bundle.shownPath, durationMs: clock.now() / 1e6 };
}

/** What one launch says beside stored ones. */
async function comparedWith(
  provisional: Provisional,
  { plan, readied, outcomes }: EndedRun,
): Promise<NonNullable<EndedRun['unpaired']>> {
  const requests = outcomes.flatMap(({ result }) => result?.requests ?? []);
  const value = metricOf(plan.experiment.judge.metric, requests, plan.isSpeculative)?.value ?? null;
  return provisional.judge(readied, value);
}

function ownOverhead({ teller, interrupt }: Story): ReturnType<typeof measureOverhead> {
  teller.step("measuring bench's own overhead");
  return measureOverhead(findCheckout().root, interrupt.signal);
}

/** Greedy answers hardly differ from launch to launch, so one of them is asked where recall is not what is timed. */
function recallPart({ recall }: Plan): Pick<LaunchInput, 'recall'> {
  return recall === null ? {} : { recall: { plan: recall, batch: { from: 0, count: recall.n } } };
}

/** What every launch of a run has in common. */
export interface Launching {
  readonly facts: RunFacts;
  readonly bundle: Bundle;
  /** The server that runs elsewhere; null: bench starts one. */
  readonly remote: Target | null;
}

/** What the launches left. */
export type Launched = Pick<EndedRun, 'outcomes' | 'snapshots' | 'own'>;

/**
 * Launch after launch, none for a child that starts what its parent starts, until all are done or one of them fails or is given up. The first that adds to the engine's compile caches only
 * primed them: it is not measured, and its number is started again.
 */
async function launchAll(story: Story, launching: Launching): Promise<Launched> {
  const { facts, bundle, remote } = launching;
  const { experiment } = story.readied;
  const { sameAsParent } = story.plan;
  const outcomes: LaunchOutcome[] = [];
  const snapshots: FrozenSnapshot[] = [];
  if (sameAsParent !== null) {
    story.teller.note(`The engine would get just what ${sameAsParent} gives it: nothing is launched.`);
    return { outcomes, snapshots };
  }
  let isPrimed = false;
  for (let number = 1; number <= experiment.launches; number += 1) {
    const isAgain = outcomes.at(-1)?.isPriming === true;
    try {
      if (outcomes.length === 0) bundle.writeRun(facts.runFile(null));
      const files = bundle.launch(number);
      files.write('experiment.json', facts.experimentFile);
      const recall = number === 1 || story.plan.queries.length === 0 ? recallPart(story.plan) : {};
      const input = launchInput(story, facts, { number, files, isAgain, ...recall }, snapshots, !isPrimed);
      const outcome = remote === null ? await runLaunch(input) : await runRemote(input, remote);
      const judged = judgeCaches(outcome, isPrimed, { env: experiment.env, root: story.plan.loaded.root });
      outcomes.push(judged);
      if (judged.isPriming) {
        isPrimed = true;
        story.teller.note(judged.findings.map(({ text }) => text).join(' '));
        bundle.asPriming(number);
        number -= 1;
      }
    } catch (error) {
      // Only the folder of a launch can fail here; a run that has launched nothing leaves nothing.
      if (outcomes.length > 0)
        outcomes.push(neverLaunched(number, explainFailure(error, 'starting', story.interrupt, null)));
      else {
        bundle.discard();
        throw error;
      }
    }
    if (outcomes.at(-1)?.failure !== null || outcomes.at(-1)?.result?.isGivenUp) break;
  }
  return { outcomes, snapshots };
}
