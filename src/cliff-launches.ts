import type { LaunchFiles } from './bundle.ts';
import { askProbes, type ProbeInput } from './cliff-asking.ts';
import { neededTokens, withContext } from './cliff-context-flag.ts';
import { type CliffPlan, lengthName } from './cliff-plan.ts';
import { type CliffSearch, climb, gauge, nextLength, openSearch } from './cliff-search.ts';
import { launchId } from './engine-spec.ts';
import { type LaunchInput, type LaunchOutcome, neverLaunched, runLaunch } from './launch.ts';
import { explainFailure, type LaunchFailure } from './launch-failure.ts';
import { launchInput, type Story } from './launch-input.ts';
import type { RecallPlan } from './recall-plan.ts';
import { runRemote } from './remote.ts';
import type { Launched, Launching } from './run.ts';
import { cliffFindings, cliffResult, type Rung } from './search/ladder.ts';
import { type Judged, judgeDeath } from './search/probe-result.ts';
import type { RecallAnswer } from './stats/recall.ts';
import { contextBudget, contextName } from './workload/babilong/task.ts';
import type { FrozenSnapshot } from './write-run.ts';

/** What all launches of a search share. */
interface Searching {
  readonly story: Story;
  readonly launching: Launching;
  readonly recall: RecallPlan;
  readonly search: CliffSearch;
  readonly outcomes: LaunchOutcome[];
  readonly snapshots: FrozenSnapshot[];
}

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
  const search = openSearch(plan, recall);
  const searching = { story, launching, recall, search, outcomes: [], snapshots: [] };
  const failure = await launchUntilKnown(searching);
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
  const { outcomes, snapshots } = searching;
  return { outcomes, snapshots, own: { cliff, findings, failure } };
}

/** @returns why the search has no answer; null: it has one. */
async function launchUntilKnown(searching: Searching): Promise<LaunchFailure | null> {
  const { search, outcomes } = searching;
  while (nextLength(search) !== null) {
    const failure = await launchNext(searching);
    if (failure !== null) return failure;
  }
  // An engine that never came up says nothing of contexts.
  return outcomes.every(({ model }) => model === null) ? (outcomes[0]?.failure ?? null) : null;
}

async function launchNext(searching: Searching): Promise<LaunchFailure | null> {
  const { story, launching, outcomes } = searching;
  const { facts, bundle } = launching;
  const number = outcomes.length + 1;
  try {
    if (number === 1) bundle.writeRun(facts.runFile(null));
    return await launchOnce(searching, number, bundle.launch(number));
  } catch (error) {
    // Only the folder of a launch can fail here; a run that has launched nothing leaves nothing.
    if (number === 1) {
      bundle.discard();
      throw error;
    }
    const failure = explainFailure(error, 'starting', story.interrupt, null);
    outcomes.push(neverLaunched(number, failure));
    return failure;
  }
}

/** @returns why the search cannot go on; null: it can. */
async function launchOnce(
  searching: Searching,
  number: number,
  files: LaunchFiles,
): Promise<LaunchFailure | null> {
  const { story, launching, search, outcomes } = searching;
  const planned = (nextLength(search) ?? 0) * 1000;
  const isOwnLaunch = search.plan.by === 'launches';
  const servedTokens = isOwnLaunch ? servedFor(searching, planned) : null;
  let open: string | null = null;
  let known = 0;
  const settle = (context: string, judged: Judged, scored: RecallAnswer | null): void => {
    known += 1;
    if (scored !== null) files.recall(scored);
    const rung = climb(search, { context, launch: number, servedTokens }, judged, scored);
    story.teller.note(rung === null ? `${context}: needs more than it was given, again` : rungLine(rung));
  };
  const asking: Pick<ProbeInput, 'next' | 'onOpen' | 'onJudged'> = {
    next: () => (isOwnLaunch && known > 0 ? null : nextLength(search)),
    onOpen: (context) => {
      open = context;
    },
    onJudged: (judged, scored) => settle(scored.context, judged, scored),
  };
  const input = inputOf(searching, { number, files, servedTokens, asking });
  const name = isOwnLaunch ? `launch for ${contextName(planned)}` : `launch ${number}`;
  const { remote } = launching;
  const outcome = await (remote === null
    ? runLaunch({ ...input, name })
    : runRemote({ ...input, name }, remote));
  // Times over several lengths are a mixture that says nothing; the ladder has each.
  outcomes.push({ ...outcome, result: null });
  const { failure } = outcome;
  if (failure !== null && failure.kind !== 'crash') return failure;
  const lost = open ?? (isOwnLaunch && known === 0 ? contextName(planned) : null);
  if (failure !== null && lost !== null)
    settle(
      lost,
      judgeDeath({ reason: failure.detail, message: failure.message, lines: failure.lines }),
      null,
    );
  else if (failure === null && known === 0)
    settle(contextName(planned), { result: 'error', detail: 'the launch ended before the probe did' }, null);
  // One that died after its last answer does not take that back.
  return known > 0 ? null : failure;
}

function servedFor({ search, recall }: Searching, nominalTokens: number): number {
  return neededTokens(contextBudget(nominalTokens) ?? 0, recall.maxTokens, search.counted);
}

function inputOf(
  { story, launching, recall, search, snapshots }: Searching,
  launch: {
    readonly number: number;
    readonly files: LaunchFiles;
    readonly servedTokens: number | null;
    readonly asking: Pick<ProbeInput, 'next' | 'onOpen' | 'onJudged'>;
  },
): LaunchInput {
  const { plan, readied, runId } = story;
  const { engine } = plan;
  const { number, files, servedTokens, asking } = launch;
  const own = readied.experiment;
  const args = servedTokens === null ? own.args : withContext(own.args, engine, servedTokens);
  const { facts } = launching;
  files.write('experiment.json', {
    ...facts.experimentFile,
    ...(servedTokens === null ? {} : { servedTokens }),
  });
  return launchInput(
    { ...story, readied: { ...readied, experiment: { ...own, args } } },
    facts,
    {
      number,
      files,
      ownAsking: (live) =>
        askProbes(
          {
            ...asking,
            plan: recall,
            engine,
            cache: own.workload.cache,
            idPrefix: launchId({ runId, number }),
            usualLack: search.usualLack,
            onShortest: (scored) => gauge(search, scored),
          },
          live,
        ),
    },
    snapshots,
  );
}

/** One line for a person who waits. */
function rungLine({ context, result, detail, promptTokens, correct }: Rung): string {
  const tokens = promptTokens === null ? '' : `, ${promptTokens} prompt tokens`;
  const answer = correct === null ? '' : correct ? ', right' : ', wrong';
  return `${context}: ${result}${tokens}${answer}${detail === null ? '' : ` (${detail.slice(0, 120)})`}`;
}
