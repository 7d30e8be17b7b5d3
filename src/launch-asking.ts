import { launchId } from './engine-spec.ts';
import type { LaunchInput } from './launch.ts';
import type { Answer } from './measure/ask.ts';
import { askRecall } from './recall-asking.ts';
import type { Target } from './session.ts';
import { gatherStated, readMetrics, settledMetrics } from './stated.ts';
import type { RecallAnswer } from './stats/recall.ts';
import type { RunningEngine } from './supervisor/spec.ts';
import type { RecallAsking } from './timed-part.ts';

/**
 * What a launch is asked beside queries: a story's own questions, or the recall with each scored answer put into
 * `answers` and on disk; null where there is neither.
 */
export async function recallOf(
  input: Pick<
    LaunchInput,
    'recall' | 'ownAsking' | 'plan' | 'experiment' | 'files' | 'runId' | 'number' | 'isAgain'
  >,
  live: LiveTarget,
  answers: RecallAnswer[],
): Promise<RecallAsking | null> {
  if (input.ownAsking !== undefined) return input.ownAsking(live);
  if (input.recall === undefined) return null;
  const { target } = live;
  return askRecall({
    ...input.recall,
    engine: input.plan.engine,
    target,
    cache: input.experiment.workload.cache,
    idPrefix: launchId(input),
    onScored(answer) {
      answers.push(answer);
      input.files.recall(answer);
    },
  });
}

/** An engine that answers, until the signal aborts: it has died, or the user stops the run. */
export interface LiveTarget {
  readonly target: Target;
  readonly signal: AbortSignal;
}

/** Everything `measureTarget` needs but its signal, its observer and what is recalled, from an experiment. */
export function askingOf(
  input: Pick<
    LaunchInput,
    'plan' | 'experiment' | 'runId' | 'number' | 'isAgain' | 'inPair' | 'clock' | 'redact' | 'isEnough'
  >,
  target: Target,
) {
  const { plan, experiment } = input;
  const { workload } = experiment;
  return {
    target,
    engine: plan.engine,
    settings: {
      idPrefix: launchId(input),
      maxTokens: workload.maxTokens ?? null,
      ignoreEos: workload.ignoreEos && !plan.isSpeculative,
      cache: workload.cache,
      sampling: workload.sampling,
    },
    queries: plan.queries,
    rounds: workload.rounds,
    warmup: experiment.warmup,
    requestTimeoutMs: experiment.requestTimeoutMs,
    identity: { launch: input.number, ...(input.inPair ?? { arm: 'candidate', pair: null }) } as const,
    clock: input.clock,
    redact: (text: string) => input.redact(text),
    ...(input.isEnough === undefined ? {} : { isEnough: input.isEnough }),
  };
}

/** Writes each answer down as it ends, tells the person, and has the snapshot taken between the two warm-ups. */
export function observer(
  input: Pick<
    LaunchInput,
    | 'plan'
    | 'experiment'
    | 'files'
    | 'clock'
    | 'teller'
    | 'freeze'
    | 'number'
    | 'of'
    | 'name'
    | 'watch'
    | 'onAnswer'
    | 'recall'
  >,
  target: Target,
  running: RunningEngine | null,
  onMeasuring: () => void,
) {
  const { files, clock, teller } = input;
  const items = input.recall === undefined ? 0 : input.recall.plan.contexts.length * input.recall.batch.count;
  const total = input.plan.queries.length * input.experiment.workload.rounds || items;
  let warmed = 0;
  let asked = 0;
  let recalled = 0;
  teller.step(`${nameOf(input)}: warming up`);
  return {
    onWarmUp(answer: Answer) {
      files.warmUp(answer.trace);
      warmed += 1;
      teller.detail(`request ${warmed}`);
    },
    async onRequest(answer: Answer) {
      files.request(answer.trace);
      input.onAnswer?.(answer);
      if (input.experiment.keepOutputs) {
        const { requestId, query, round } = answer.trace;
        files.output({ requestId, query, round, ...answer.text });
      }
      asked += 1;
      teller.detail(total === 0 ? `request ${asked}` : `request ${asked} of ${total}`);
      await input.watch?.between();
    },
    async freeze() {
      files.event({ tNs: clock.now(), event: 'warm' });
      teller.step(`${nameOf(input)}: taking the snapshot`);
      const stated = await gatherStated(input.plan.engine, target, running);
      const isMeasured = await input.freeze({ running, target, stated });
      files.event({ tNs: clock.now(), event: 'frozen' });
      if (isMeasured) teller.step(`${nameOf(input)}: warming up again`);
      return isMeasured;
    },
    onRecall(answer: Answer) {
      if (recalled === 0) teller.step(`${nameOf(input)}: asking what it remembers`);
      files.recallRequest(answer.trace);
      recalled += 1;
      teller.detail(`item ${recalled} of ${items}`);
    },
    metrics: () => settledMetrics(input.plan.engine, target),
    measuring(active: boolean) {
      if (active) {
        onMeasuring();
        running?.quiet();
        files.event({ tNs: clock.now(), event: 'measuring' });
        teller.step(`${nameOf(input)}: measuring`, { quiet: true });
      }
      const metrics = (): Promise<string | null> => readMetrics(input.plan.engine, target);
      const pids = running === null ? [] : [running.rootPid, ...running.livePids()];
      input.watch?.measuring(active, pids, metrics);
      if (!active) running?.watch();
    },
  };
}

/** How progress calls a launch. */
export function nameOf(input: Pick<LaunchInput, 'number' | 'of' | 'name'>): string {
  if (input.name !== undefined) return input.name;
  return input.of === 1 ? 'launch' : `launch ${input.number} of ${input.of}`;
}
