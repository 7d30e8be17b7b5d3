import type { AnswerText, KeptLaunch } from './pair-arms.ts';
import { type ArmName, answersIn, type MeasuredPair } from './pair-loop.ts';
import { firstDivergence } from './stats/answers.ts';
import { mean } from './stats/describe.ts';
import type { OutputsCompared } from './verdict/comparison.ts';

/** Compares the answers of both arms, pair by pair; texts of a cut off run are not kept, its hashes are. */
export function compareOutputs(pairs: readonly MeasuredPair<KeptLaunch>[]): OutputsCompared {
  const baseline = hashesOf(pairs, 'baseline');
  const both = [...sameOutputs(pairs)];
  const differing = both.flatMap(([query, isSame]) => (isSame ? [] : [query]));
  return {
    compared: both.length,
    same: both.length - differing.length,
    diverged: differing.map((query) => ({ query, atChar: divergenceOf(pairs, query) })),
    repetition: { baseline: repetitionOf(pairs, 'baseline'), candidate: repetitionOf(pairs, 'candidate') },
    unstable: both.flatMap(([query]) => ((baseline.get(query)?.size ?? 0) > 1 ? [query] : [])),
  };
}

/** Of each query that both arms answered, whether the candidate gave only answers that the baseline gave in some pair. */
export function sameOutputs(pairs: readonly MeasuredPair<KeptLaunch>[]): ReadonlyMap<string, boolean> {
  const candidate = hashesOf(pairs, 'candidate');
  const both = [...hashesOf(pairs, 'baseline')].flatMap(([query, before]): [string, boolean][] => {
    const after = candidate.get(query);
    return after === undefined ? [] : [[query, [...after].every((hash) => before.has(hash))]];
  });
  return new Map(both);
}

function hashesOf(pairs: readonly MeasuredPair<KeptLaunch>[], arm: ArmName): Map<string, Set<string>> {
  const byQuery = new Map<string, Set<string>>();
  for (const { query, sha256 } of pairs.flatMap((pair) => answersIn(pair, arm)))
    byQuery.set(query, (byQuery.get(query) ?? new Set()).add(sha256));
  return byQuery;
}

/** The earliest place at which the answers of any pair part. */
function divergenceOf(pairs: readonly MeasuredPair<KeptLaunch>[], query: string): number | null {
  const answered = pairs.filter(({ result }) => !result.failed.includes(query));
  const places = answered.flatMap(({ launches: { baseline, candidate } }) =>
    (candidate?.texts ?? [])
      .filter((answer) => answer.query === query)
      .flatMap((answer) => {
        const before = sameRound(baseline?.texts ?? null, answer);
        return before === null ? [] : (firstDivergence(before.text, answer.text) ?? []);
      }),
  );
  return places.length === 0 ? null : Math.min(...places);
}

function sameRound(texts: readonly AnswerText[] | null, answer: AnswerText): AnswerText | null {
  return texts?.find(({ query, round }) => query === answer.query && round === answer.round) ?? null;
}

function repetitionOf(pairs: readonly MeasuredPair<KeptLaunch>[], arm: ArmName): number | null {
  const scores = pairs.flatMap(({ launches }) => launches[arm]?.repetition ?? []);
  return scores.length === 0 ? null : mean(scores);
}
