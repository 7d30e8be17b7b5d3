import type { Bundle } from './bundle.ts';
import type { Interrupt } from './interrupt.ts';
import { type LaunchInput, type LaunchOutcome, neverLaunched, runLaunch } from './launch.ts';
import { explainFailure } from './launch-failure.ts';
import { launchInput } from './launch-input.ts';
import { machineMoment } from './machine-moment.ts';
import type { ArmLaunch, ArmName } from './pair-loop.ts';
import type { PairRecall } from './pair-recall.ts';
import type { Plan } from './plan.ts';
import { judgeCaches } from './priming.ts';
import type { Place } from './repository.ts';
import type { RunFacts } from './run-facts.ts';
import type { Readied } from './set-up.ts';
import { slowedMs } from './snapshot/counted.ts';
import { repetition } from './stats/answers.ts';
import { mean } from './stats/describe.ts';
import type { MeasuredRequest } from './stats/summarize.ts';
import type { Finding } from './stats/summary.ts';
import type { Teller } from './teller.ts';
import type { LaunchConditions, MachineMoment } from './verdict/moved.ts';
import type { FrozenSnapshot } from './write-run.ts';

/** One of the two experiments, ready to be launched again and again. */
export interface Arm {
  readonly name: ArmName;
  readonly plan: Plan;
  readonly place: Place;
  readonly readied: Readied;
  readonly facts: RunFacts;
}

/** A launch of an arm with all that its row and a later `--resume` need. */
export interface KeptLaunch extends ArmLaunch {
  readonly pair: number;
  readonly outcome: LaunchOutcome;
  readonly snapshot: FrozenSnapshot | null;
  /** Text of each answer, or, of a launch of a cut off run, null. */
  readonly texts: readonly AnswerText[] | null;
  /** Mean share of repeated word 4-grams of its answers; null: no answer. */
  readonly repetition: number | null;
  readonly endedAtMs: number;
}

/** What was answered to a query. */
export interface AnswerText {
  readonly query: string;
  readonly round: number;
  readonly text: string;
}

/** Starts, measures and stops arms; keeps what each launch left. */
export interface ArmLauncher {
  launch(arm: ArmName, pair: number): Promise<KeptLaunch>;
  /** Launches that only filled compile caches, and their findings. */
  priming(): readonly { readonly arm: ArmName; readonly findings: readonly Finding[] }[];
}

/** What launches of both arms share. */
export interface LauncherInput {
  readonly arms: { readonly [Name in ArmName]: Arm };
  readonly bundle: Bundle;
  readonly interrupt: Interrupt;
  readonly teller: Teller;
  readonly runId: string;
  readonly maxPairs: number;
  /** Launches that are in the bundle already. */
  readonly used: number;
  readonly env: NodeJS.ProcessEnv;
  /** Of a gate's own test: the candidate's answers last longer by this share; null: no such test. */
  readonly slowerShare: number | null;
  readonly recall: PairRecall;
}

/** Makes the launcher of a run in pairs. */
export function armLauncher(input: LauncherInput): ArmLauncher {
  const primed = new Map<ArmName, readonly Finding[]>();
  let number = input.used;
  return {
    async launch(arm, pair) {
      for (;;) {
        number += 1;
        const mayPrime = !primed.has(arm);
        const launched = await launchOnce(input, { arm, pair, number, mayPrime });
        if (!launched.outcome.isPriming) {
          if (launched.failure === null) input.recall.add(arm, launched.outcome.recall);
          return launched;
        }
        primed.set(arm, launched.outcome.findings);
        input.teller.note(launched.outcome.findings.map(({ text }) => text).join(' '));
      }
    },
    priming: () => [...primed].map(([arm, findings]) => ({ arm, findings })),
  };
}

interface Turn {
  readonly arm: ArmName;
  readonly pair: number;
  readonly number: number;
  readonly mayPrime: boolean;
}

/** What the disk or the host refuses around a launch fails that launch. */
async function launchOnce(input: LauncherInput, turn: Turn): Promise<KeptLaunch> {
  try {
    return await launchArm(input, turn);
  } catch (error) {
    const failure = explainFailure(error, 'starting', input.interrupt, null);
    const { arm, pair, number } = turn;
    return {
      ...{ arm, pair, number, failure, requests: [], answers: [], conditions: null },
      ...{ outcome: neverLaunched(number, failure), snapshot: null, texts: null, repetition: null },
      endedAtMs: Date.now(),
    };
  }
}

async function launchArm(input: LauncherInput, turn: Turn): Promise<KeptLaunch> {
  const { arm: name, pair, number, mayPrime } = turn;
  const { plan, readied, facts, place } = input.arms[name];
  const files = input.bundle.launch(number);
  // One that does not count is measured again, under a number of its own.
  const of = pair > input.maxPairs ? `pair ${pair}, ${name}` : `pair ${pair} of ${input.maxPairs}, ${name}`;
  const snapshots: FrozenSnapshot[] = [];
  const texts: AnswerText[] = [];
  const experiment = { ...facts.experimentFile, arm: name, pair };
  files.write('experiment.json', experiment);
  const before = await machineMoment(input.env);
  const launch = launchInput(
    { plan, place, readied, interrupt: input.interrupt, teller: input.teller, runId: input.runId },
    facts,
    { number, files, ...recallPart(input, name) },
    snapshots,
    mayPrime,
  );
  const ended = await runLaunch({
    ...launch,
    name: of,
    inPair: { arm: name, pair },
    // Both arms go through a relay, so that only the delay differs.
    ...(input.slowerShare === null ? {} : { slowerShare: name === 'candidate' ? input.slowerShare : 0 }),
    onAnswer: ({ trace, text }) =>
      texts.push({ query: trace.query, round: trace.round, text: `${text.reasoning}${text.answer}` }),
  });
  const judged = judgeCaches(ended, !mayPrime, { env: readied.experiment.env, root: plan.loaded.root });
  if (judged.isPriming) files.write('experiment.json', { ...experiment, priming: true });
  const moments = { before, after: await machineMoment(input.env) };
  const kept = keptLaunch(turn, judged, moments, { texts, snapshot: snapshots.at(-1) ?? null });
  if (kept.failure === null && !judged.isPriming) files.write('outcome.json', storedLaunch(kept));
  return kept;
}

/** Both arms are asked as the candidate's file says. */
function recallPart({ recall, arms }: LauncherInput, arm: ArmName): Pick<LaunchInput, 'recall'> {
  const { plan } = arms.candidate;
  const batch = recall.next(arm);
  return plan.recall === null || batch === null ? {} : { recall: { plan: plan.recall, batch } };
}

function keptLaunch(
  { arm, pair }: Pick<Turn, 'arm' | 'pair'>,
  outcome: LaunchOutcome,
  moments: { readonly before: MachineMoment; readonly after: MachineMoment },
  seen: Pick<KeptLaunch, 'texts' | 'snapshot'>,
): KeptLaunch {
  const { result, failure, counted } = outcome;
  const void_ = failure?.kind === 'invalid' && !failure.detail.startsWith('expect');
  const requests = result?.requests ?? [];
  const conditions: LaunchConditions = {
    arm,
    ...moments,
    foreignPercent: counted?.host.foreignPercent ?? null,
    slowedMs: counted === null ? {} : slowedMs(counted),
    measuredMs: (counted?.host.seconds ?? 0) * 1000,
    invalid: void_ ? [failure.detail] : result?.invalid ? [result.invalid] : [],
    hasCompiled: outcome.findings.some(({ code }) => code === 'cache-still-changing'),
  };
  return {
    arm,
    pair,
    number: outcome.number,
    requests,
    answers: requests.flatMap(({ trace }) =>
      trace.textSha256 === null ? [] : [{ query: trace.query, sha256: trace.textSha256 }],
    ),
    conditions,
    failure: void_ ? null : failure,
    outcome: void_ ? { ...outcome, failure: null } : outcome,
    endedAtMs: moments.after.wallMs,
    repetition: seen.texts === null ? null : repetitionOf(seen.texts),
    ...seen,
  };
}

/** What outcome.json holds: the launch without texts and stamps, for a run that goes on with it. */
function storedLaunch({ texts: _, snapshot, outcome, ...rest }: KeptLaunch): object {
  const { result } = outcome;
  return {
    ...rest,
    requests: rest.requests.map(slim),
    outcome: { ...outcome, result: result && { ...result, requests: [] } },
    snapshot: snapshot && {
      engineVersion: snapshot.engineVersion,
      hubModel: snapshot.hubModel,
      artifact: snapshot.artifact,
    },
  };
}

/** requests.jsonl has the stamps. */
function slim({ trace, observation, engineTimes }: MeasuredRequest): MeasuredRequest {
  const { launch, arm, round, query, outcome, error, finishReason, usage, textSha256 } = trace;
  return {
    trace: { launch, arm, round, query, outcome, error, finishReason, usage, textSha256 },
    observation,
    engineTimes,
  };
}

function repetitionOf(texts: readonly AnswerText[]): number | null {
  const scores = texts.flatMap(({ text }) => repetition(text) ?? []);
  return scores.length === 0 ? null : mean(scores);
}
