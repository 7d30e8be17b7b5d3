import { resolve } from 'node:path';
import { canonicalJson, sha256Hex } from './canonical.ts';
import type { Experiment } from './config/experiment.ts';
import type { Engine } from './engines/engine.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { ScorerName } from './stats/recall.ts';
import { isMarginReachable, neededN } from './verdict/recall-rule.ts';
import {
  openRecallData,
  type RecallData,
  type RecallDescription,
  type RecallSource,
} from './workload/babilong/load.ts';
import { contextName, parseContext, type RecallTask } from './workload/babilong/task.ts';

/** What recall is measured with, all of it known before anything starts. */
export interface RecallPlan {
  readonly task: RecallTask;
  /** Shortest first, as BABILong calls them: `4k`. */
  readonly contexts: readonly string[];
  /** Items a context. */
  readonly n: number;
  readonly seed: number;
  readonly data: RecallData;
  readonly set: ItemSet;
  readonly scorer: ScorerName;
  readonly thinking: 'off' | 'low';
  readonly maxTokens: number;
}

/** What the items are, and where they differ from BABILong's own. */
export interface ItemSet {
  /** Names all that made them: generator, seed and haystack, or the files. */
  readonly id: string;
  /** In words. */
  readonly source: string;
  readonly deviations: readonly string[];
}

/** Items of a context that are asked between two looks of the gate. */
export const recallBatch = 50;

/** As the official runs have; with thinking the thoughts count too. */
const defaultMaxTokens = { off: 20, low: 2048 } as const;

/**
 * The recall part of an experiment; null when it measures none. A guard's contexts and n win over those of `recall:`, which
 * then only says how it is asked, unless recall is all that is measured.
 * @throws BenchError (exit 2) when the items cannot be had: a folder that is empty, a file that is missing or broken.
 */
export async function planRecall(
  experiment: Experiment,
  root: string,
  isAlone: boolean,
): Promise<RecallPlan | null> {
  const { recall } = experiment;
  const guard = isAlone && recall !== undefined ? undefined : experiment.guard.recall;
  if (recall === undefined && guard === undefined) return null;
  const asked = { task: 'qa1', seed: 0, scorer: 'strict', thinking: 'off', ...recall } as const;
  const contexts = (guard?.contexts ?? recall?.contexts ?? []).map(parseContext).sort((a, b) => a - b);
  const n = guard?.n ?? recall?.n ?? 0;
  if (guard !== undefined) requireReachable(guard, contexts.length);
  const { task, seed, scorer, thinking } = asked;
  const source = sourceOf(recall, root);
  const data = await openRecallData(source);
  if (source.kind === 'haystack')
    await requireItem(data, { task, nominalTokens: contexts.at(-1) ?? 0, seed });
  const set =
    source.kind === 'hub'
      ? await setOfFiles(data, { task, contexts, n, folder: recall?.babilong ?? '' })
      : setOfMade(data.describe(seed));
  return {
    ...{ task, n, seed, data, set, scorer, thinking },
    contexts: contexts.map(contextName),
    maxTokens: recall?.maxTokens ?? defaultMaxTokens[asked.thinking],
  };
}

/** A margin that equal answers could not show is refused: it would end every run undecided. */
function requireReachable(
  { marginPt, n }: NonNullable<Experiment['guard']['recall']>,
  contexts: number,
): void {
  const rule = { marginPt, n, batch: recallBatch };
  const at = `${contexts} ${contexts === 1 ? 'context' : 'contexts'}`;
  if (marginPt > 0 && marginPt < 100 && isMarginReachable(rule, contexts)) return;
  const hint =
    marginPt > 0 && marginPt < 100
      ? `n: ${neededN(rule, contexts)} would do, or a wider margin, or more contexts.`
      : 'A margin lies between 0pt and 100pt, such as 5pt.';
  throw new BenchError(
    `guard.recall: a margin of ${marginPt}pt cannot be shown with n: ${n} at ${at}, not even by equal answers`,
    { exitCode: ExitCode.usage, hint },
  );
}

/** A haystack without a usable sentence shows only when an item is made. */
async function requireItem(
  data: RecallData,
  { task, nominalTokens, seed }: { task: RecallTask; nominalTokens: number; seed: number },
): Promise<void> {
  for await (const _ of data.items({ task, nominalTokens, from: 0, count: 1, seed })) return;
}

/** The last item of each context is read, so that too few are told before anything starts. */
async function setOfFiles(
  data: RecallData,
  { task, contexts, n, folder }: { task: RecallTask; contexts: readonly number[]; n: number; folder: string },
): Promise<ItemSet> {
  const ids: string[] = [];
  for (const nominalTokens of contexts)
    for await (const { id } of data.items({ task, nominalTokens, from: n - 1, count: 1, seed: 0 }))
      ids.push(id.slice(0, id.indexOf('-')));
  const { deviations } = data.describe(0);
  return { id: ids.join('-'), source: `BABILong files of ${folder}`, deviations };
}

function setOfMade({ generator, seed, haystack, deviations }: RecallDescription): ItemSet {
  const noise = haystack === null ? '' : `-${haystack.name}${haystack.sha256.slice(0, 8)}`;
  return {
    id: `${generator}-s${seed}${noise}`,
    source: `own items (${generator}, seed ${seed}) hidden in ${haystack?.name === 'moby' ? 'Moby-Dick' : 'the books of a folder'}`,
    deviations,
  };
}

function sourceOf(recall: Experiment['recall'], root: string): RecallSource {
  if (recall?.babilong !== undefined && recall.haystack !== undefined) {
    throw new BenchError('`recall` names both `babilong` and `haystack`', {
      exitCode: ExitCode.usage,
      hint: 'The files of `babilong` hold their own noise: leave `haystack` out, or make items of your own without `babilong`.',
    });
  }
  if (recall?.babilong !== undefined) return { kind: 'hub', dir: resolve(root, recall.babilong) };
  if (recall?.haystack !== undefined) return { kind: 'haystack', dir: resolve(root, recall.haystack) };
  return { kind: 'moby-dick' };
}

/** Request fields of every item: greedy, no thinking, whatever the engine or the model's own files default to. */
export function recallFields(engine: Engine, thinking: RecallPlan['thinking']): RecallFieldsOf {
  return { ...engine.recall.greedy, ...engine.recall.thinking[thinking] };
}

type RecallFieldsOf = Engine['recall']['greedy'];

/**
 * 12 hex that name a recall workload where it is what is timed: the items by what they are made of, and how they are asked.
 * The engine's own spelling of "greedy" is no part of it, so that two engines that are asked the same have the same.
 */
export function recallWorkload(plan: RecallPlan): string {
  const { task, contexts, n, seed, set, thinking, maxTokens } = plan;
  const meaning = { task, contexts, n, seed, set: set.id, thinking, maxTokens };
  return sha256Hex(canonicalJson({ recall: meaning })).slice(0, 12);
}
