import type { LaunchFiles } from './bundle.ts';
import { askProbes, type OpenProbe } from './cliff-asking.ts';
import { neededTokens, withContext } from './cliff-context-flag.ts';
import { type CliffPlan, lengthName } from './cliff-plan.ts';
import { launchId } from './engine-spec.ts';
import { type LaunchOutcome, neverLaunched, runLaunch } from './launch.ts';
import { explainFailure, type LaunchFailure } from './launch-failure.ts';
import { launchInput, type Story } from './launch-input.ts';
import type { RecallPlan } from './recall-plan.ts';
import { runRemote } from './remote.ts';
import type { Launched, Launching } from './run.ts';
import { nextProbe } from './search/cliff.ts';
import { cliffFindings, cliffResult, type Rung, triedOf } from './search/ladder.ts';
import { type Judged, judgeDeath } from './search/probe-result.ts';
import type { RecallAnswer } from './stats/recall.ts';
import type { FrozenSnapshot } from './write-run.ts';

/** A search under way. */
interface Search {
  readonly plan: CliffPlan;
  readonly recall: RecallPlan;
  readonly ladder: Rung[];
  readonly outcomes: LaunchOutcome[];
  readonly snapshots: FrozenSnapshot[];
  /** The longest prompt that the engine counted, and the GPT-2 tokens of its context. */
  counted: { readonly promptTokens: number; readonly contextTokens: number } | null;
  /** By how many tokens the engine counts a short prompt below what its tokeniser makes of it; null: not known yet. */
  usualLack: number | null;
  /** Told of each probe as it ends. */
  onRung(rung: Rung): void;
}

/** Characters of an answer that a ladder keeps. */
const longestAnswer = 160;

/**
 * Launch after launch until the search has its answer: one for as many probes as the engine survives, or one for each probe.
 * A crash that a probe provoked is an answer; any other end of a launch ends the search.
 */
export async function launchCliff(
  story: Story,
  launching: Launching,
  plan: CliffPlan,
  recall: RecallPlan,
): Promise<Launched> {
  const { teller } = story;
  const search: Search = {
    ...{ plan, recall, ladder: [], outcomes: [], snapshots: [], counted: null, usualLack: null },
    onRung: (rung) => teller.note(rungLine(rung)),
  };
  let failure: LaunchFailure | null = null;
  while (failure === null && nextLength(search) !== null)
    failure = await launchNext(story, launching, search);
  // One that never came up says nothing of contexts.
  if (search.outcomes.every(({ model }) => model === null)) failure ??= search.outcomes[0]?.failure ?? null;
  const { by, bounds } = plan;
  const asked = {
    by,
    task: recall.task,
    from: lengthName(bounds.from),
    max: lengthName(bounds.max),
    resolution: lengthName(bounds.resolution),
    isComplete: failure === null,
  };
  const cliff = cliffResult(asked, search.ladder);
  const findings = failure === null ? cliffFindings(cliff) : [];
  return { outcomes: search.outcomes, snapshots: search.snapshots, own: { cliff, findings, failure } };
}

function nextLength({ ladder, plan }: Search): number | null {
  const step = nextProbe(triedOf(ladder), plan.bounds);
  return 'probe' in step ? step.probe : null;
}

/** @returns why the search cannot go on; null: it can. */
async function launchNext(story: Story, launching: Launching, search: Search): Promise<LaunchFailure | null> {
  const { facts, bundle } = launching;
  const number = search.outcomes.length + 1;
  try {
    if (number === 1) bundle.writeRun(facts.runFile(null));
    return await launchOnce(story, launching, search, { number, files: bundle.launch(number) });
  } catch (error) {
    // Only the folder of a launch can fail here; a run that has launched nothing leaves nothing.
    if (number === 1) {
      bundle.discard();
      throw error;
    }
    const failure = explainFailure(error, 'starting', story.interrupt, null);
    search.outcomes.push(neverLaunched(number, failure));
    return failure;
  }
}

async function launchOnce(
  story: Story,
  { facts, remote }: Launching,
  search: Search,
  { number, files }: { readonly number: number; readonly files: LaunchFiles },
): Promise<LaunchFailure | null> {
  const { plan, readied } = story;
  const isOwnLaunch = search.plan.by === 'launches';
  const planned = nextLength(search) ?? 0;
  const servedTokens = isOwnLaunch
    ? neededTokens(planned * 1000, search.recall.maxTokens, search.counted)
    : null;
  const args =
    servedTokens === null
      ? readied.experiment.args
      : withContext(readied.experiment.args, plan.engine, servedTokens);
  files.write('experiment.json', { ...facts.experimentFile, ...(servedTokens === null ? {} : { args }) });
  const before = search.ladder.length;
  let open: OpenProbe | null = null;
  let probes = 0;
  const climb = (judged: Judged, scored: RecallAnswer | null, context: string): void => {
    const rung = rungOf({ context, launch: number, servedTokens }, judged, scored);
    search.ladder.push(rung);
    if (scored !== null) {
      files.recall(scored);
      const { promptTokens, contextTokens } = scored;
      if (promptTokens !== null && judged.result === 'works')
        search.counted = { promptTokens, contextTokens };
    }
    search.onRung(rung);
  };
  const input = launchInput(
    { ...story, readied: { ...readied, experiment: { ...readied.experiment, args } } },
    facts,
    {
      number,
      files,
      ownAsking: (live) =>
        askProbes(
          {
            plan: search.recall,
            engine: plan.engine,
            cache: readied.experiment.workload.cache,
            idPrefix: launchId({ runId: story.runId, number }),
            next() {
              const length = isOwnLaunch && probes > 0 ? null : nextLength(search);
              probes += 1;
              return length === null ? null : length * 1000;
            },
            usualLack: search.usualLack,
            onUsualLack: (tokens) => {
              search.usualLack = tokens;
            },
            onOpen: (probe) => {
              open = probe;
            },
            onJudged: (judged, scored) => climb(judged, scored, scored.context),
          },
          live,
        ),
    },
    search.snapshots,
  );
  const named = { ...input, name: isOwnLaunch ? `launch for ${lengthName(planned)}` : `launch ${number}` };
  const outcome = remote === null ? await runLaunch(named) : await runRemote(named, remote);
  // Times over several lengths are a mixture that says nothing; the ladder has each.
  search.outcomes.push({ ...outcome, result: null });
  const { failure } = outcome;
  const lost = open as OpenProbe | null;
  if (failure?.kind === 'crash' && (lost !== null || (isOwnLaunch && probes === 0))) {
    const { detail: reason, message, lines } = failure;
    climb(judgeDeath({ reason, message, lines }), null, lost?.item.context ?? lengthName(planned));
    return null;
  }
  if (failure === null && search.ladder.length === before)
    climb({ result: 'error', detail: 'the launch ended before the probe did' }, null, lengthName(planned));
  // Dead after its last answer: what it answered stands.
  return failure?.kind === 'crash' && search.ladder.length > before ? null : failure;
}

function rungOf(
  place: Pick<Rung, 'context' | 'launch' | 'servedTokens'>,
  { result, detail }: Judged,
  scored: RecallAnswer | null,
): Rung {
  const isAnswered = scored !== null && scored.outcome === 'ok';
  return {
    ...place,
    promptTokens: isAnswered ? scored.promptTokens : (scored?.expectedTokens ?? null),
    result,
    detail,
    ttftMs: isAnswered ? scored.ttftMs : null,
    e2eMs: isAnswered ? scored.e2eMs : null,
    answer: isAnswered ? scored.answer.slice(0, longestAnswer) : null,
    correct: result === 'works' && scored !== null ? scored.isCorrect : null,
  };
}

/** One line for a person who waits. */
function rungLine({ context, result, detail, promptTokens, correct }: Rung): string {
  const tokens = promptTokens === null ? '' : `, ${promptTokens} prompt tokens`;
  const answer = correct === null ? '' : correct ? ', right' : ', wrong';
  return `${context}: ${result}${tokens}${answer}${detail === null ? '' : ` (${detail.slice(0, 120)})`}`;
}
