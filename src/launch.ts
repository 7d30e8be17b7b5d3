import type { LaunchFiles } from './bundle.ts';
import type { Experiment } from './config/experiment.ts';
import { engineHeaders, engineSpec } from './engine-spec.ts';
import { busyLines, type LogMark, markLog, noticeFindings } from './engine-words.ts';
import type { Stated } from './engines/facts.ts';
import type { Interrupt } from './interrupt.ts';
import { askingOf, type LiveTarget, nameOf, observer, recallOf } from './launch-asking.ts';
import { explainFailure, type LaunchFailure } from './launch-failure.ts';
import type { LaunchWatch } from './launch-watch.ts';
import type { Answer } from './measure/ask.ts';
import type { Clock } from './measure/clock.ts';
import type { RequestTrace } from './measure/trace.ts';
import { measureTarget, type TargetInput, type TargetResult } from './measure-target.ts';
import type { Plan } from './plan.ts';
import type { ReadyContainer } from './ready-container.ts';
import type { RecallBatch } from './recall-asking.ts';
import type { RecallPlan } from './recall-plan.ts';
import type { Target } from './session.ts';
import type { CompileCache } from './snapshot/compile-caches.ts';
import type { Counted } from './snapshot/counted.ts';
import { findingFrom } from './stats/findings.ts';
import type { RecallAnswer } from './stats/recall.ts';
import type { Finding } from './stats/summary.ts';
import { startSlowRelay } from './supervisor/slow-relay.ts';
import type { RunningEngine } from './supervisor/spec.ts';
import { startEngine } from './supervisor/start.ts';
import type { StopReport } from './supervisor/stop.ts';
import type { Teller } from './teller.ts';
import type { RecallAsking } from './timed-part.ts';

/** One start-to-stop of the engine. */
export interface LaunchInput {
  readonly number: number;
  readonly of: number;
  readonly runId: string;
  readonly plan: Plan;
  /** Filled but for `$PORT`; absent folders and commands were found before. */
  readonly experiment: Experiment;
  /** The image to run instead of `command`; null: none. */
  readonly container: ReadyContainer | null;
  /** Absolute path of the program, and of the folder it starts in. */
  readonly command: string;
  readonly cwd: string;
  readonly files: LaunchFiles;
  readonly clock: Clock;
  readonly interrupt: Interrupt;
  readonly teller: Teller;
  redact(text: string): string;
  readonly isEnough?: TargetInput['isEnough'];
  /** What the model is to remember, after the queries or instead of them; left out: nothing. */
  readonly recall?: { readonly plan: RecallPlan; readonly batch: RecallBatch };
  /** Questions that a story makes up as it goes, instead of queries and recall; it keeps the answers itself. */
  readonly ownAsking?: (live: LiveTarget) => Promise<RecallAsking>;
  /** What is looked at around it; left out where nothing is kept. */
  readonly watch?: LaunchWatch;
  /** The same number was started before, as the priming launch: names that must be unique are not used again. */
  readonly isAgain?: boolean;
  /** Which arm of which pair it is; left out of a run without pairs. */
  readonly inPair?: PairPlace;
  /** Of a gate's own test: answers last longer by this share, on their way through a relay; default: no relay. */
  readonly slowerShare?: number;
  /** How progress calls it; default: its number. */
  readonly name?: string;
  /** Is given every measured answer with its text, which is not kept otherwise. */
  onAnswer?(answer: Answer): void;
  /** Takes and stores the snapshot of the warm engine. Answers whether the launch is to be measured. */
  freeze(seen: Witnessed): Promise<boolean>;
}

/** A launch's place in a paired run. */
export type PairPlace = Pick<RequestTrace, 'arm' | 'pair'>;

/** What the snapshot is taken of. */
export interface Witnessed {
  /** null: the server runs elsewhere. */
  readonly running: RunningEngine | null;
  readonly target: Target;
  /** What the engine says of itself. */
  readonly stated: Stated;
}

/** A launch, however it ended. */
export interface LaunchOutcome {
  readonly number: number;
  readonly model: string | null;
  readonly result: TargetResult | null;
  readonly findings: readonly Finding[];
  readonly failure: LaunchFailure | null;
  readonly stop: StopReport | null;
  /** In the order in which they were asked. */
  readonly recall: readonly RecallAnswer[];
  readonly containment: RunningEngine['containment'] | null;
  /** What became of the engine's compile caches from the spawn to the end. */
  readonly caches: readonly CompileCache[];
  /** What the host's and the GPUs' counters rose by while it was measured; null when it was not. */
  readonly counted: Counted | null;
  /** It only filled them, and is not measured. */
  readonly isPriming: boolean;
}

/** Starts the engine, measures it, checks that it was the one measured, and stops it. Never throws. */
export async function runLaunch(input: LaunchInput): Promise<LaunchOutcome> {
  const { interrupt, teller } = input;
  const state: LaunchState = {
    phase: 'starting',
    running: null,
    result: null,
    findings: [],
    failure: null,
    stop: null,
    recall: [],
  };
  const onForce = (): void => void state.running?.kill();
  interrupt.force.addEventListener('abort', onForce);
  try {
    teller.step(`${nameOf(input)}: starting ${input.plan.experiment.engine}`);
    state.running = await startEngine(engineSpec(input), interrupt.signal);
    await measure(input, state, state.running);
  } catch (error) {
    // A Ctrl-C that also ended a child of bench reaches bench itself in the next pass of the loop.
    await new Promise(setImmediate);
    state.failure = explainFailure(error, state.phase, interrupt, state.running?.dead ?? null);
  } finally {
    await stop(input, state);
    if (interrupt.signal.aborted) state.failure ??= explainFailure(null, state.phase, interrupt, null);
    interrupt.force.removeEventListener('abort', onForce);
  }
  const { running, phase: _, ...rest } = state;
  return {
    number: input.number,
    model: running?.model ?? null,
    containment: running?.containment ?? null,
    caches: input.watch?.caches() ?? [],
    counted: input.watch?.counted() ?? null,
    isPriming: false,
    ...rest,
  };
}

/** A launch that did not come to its start. */
export function neverLaunched(number: number, failure: LaunchFailure): LaunchOutcome {
  return {
    number,
    failure,
    model: null,
    result: null,
    findings: [],
    stop: null,
    recall: [],
    containment: null,
    caches: [],
    counted: null,
    isPriming: false,
  };
}

interface LaunchState {
  phase: 'starting' | 'warming up' | 'measuring' | 'stopping';
  running: RunningEngine | null;
  result: TargetResult | null;
  findings: Finding[];
  failure: LaunchFailure | null;
  stop: StopReport | null;
  recall: RecallAnswer[];
}

async function measure(input: LaunchInput, state: LaunchState, running: RunningEngine): Promise<void> {
  const relay =
    input.slowerShare === undefined ? null : await startSlowRelay(running.port, input.slowerShare);
  const baseUrl = relay === null ? running.baseUrl : `http://127.0.0.1:${relay.port}`;
  const target = { baseUrl, model: running.model, headers: engineHeaders(input) };
  try {
    await ask(input, state, running, target);
  } finally {
    relay?.stop();
  }
}

async function ask(
  input: LaunchInput,
  state: LaunchState,
  running: RunningEngine,
  target: Target,
): Promise<void> {
  const died = new AbortController();
  void running.death.then(() => died.abort('died'));
  state.phase = 'warming up';
  const signal = AbortSignal.any([input.interrupt.signal, died.signal]);
  let mark: LogMark = null;
  const result = await measureTarget({
    ...askingOf(input, target),
    recall: await recallOf(input, { target, signal }, state.recall),
    signal,
    observer: observer(input, target, running, () => {
      state.phase = 'measuring';
      mark = markLog(running);
    }),
  });
  state.result = result === null ? null : judgeBusy(result, busyLines(input.plan.engine, running, mark));
  const { dead } = running;
  if (dead !== null || input.interrupt.signal.aborted) {
    state.failure = explainFailure(null, state.phase, input.interrupt, dead);
    return;
  }
  state.findings.push(...((await input.watch?.after()) ?? []));
  await running.checkOwnership();
}

/** Compiling or tuning while requests are timed slows some of them and not others. */
function judgeBusy(result: TargetResult, lines: readonly string[]): TargetResult {
  const [first] = lines;
  if (first === undefined) return result;
  const text = lines.length === 1 ? first : `${first} (and ${lines.length - 1} more lines)`;
  return {
    ...result,
    invalid: result.invalid ?? 'compiling',
    findings: [...result.findings, { code: 'compiling', text }],
  };
}

async function stop(input: LaunchInput, state: LaunchState): Promise<void> {
  if (state.running === null) return;
  state.phase = 'stopping';
  input.teller.step(`${nameOf(input)}: stopping the engine`);
  if (input.interrupt.force.aborted) await state.running.kill();
  try {
    state.stop = await state.running.stop();
  } catch (error) {
    state.failure ??= explainFailure(error, state.phase, input.interrupt, null);
  }
  state.findings.push(...noticeFindings(input.plan.engine, state.running));
  // Not before: a lost guard, a full disk under the log and survivors come later than ready.
  state.findings.push(...state.running.findings.map(findingFrom));
  const lost = input.files.lostEvents();
  if (lost !== null)
    state.findings.push({ code: 'events-lost', text: `events.jsonl is not whole: ${lost}.` });
}
