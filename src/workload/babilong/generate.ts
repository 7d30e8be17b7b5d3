import { randomStream } from '../random.ts';
import type { Gpt2 } from './gpt2.ts';
import { makeItem, type RecallItem } from './item.ts';
import { type Haystack, Noise } from './noise.ts';
import { type Draw, drawFrom } from './stories/draw.ts';
import { generator, mostLines, storyOf } from './stories/stories.ts';
import { contextBudget, contextName, type RecallTask } from './task.ts';

/** Which items are wanted: `count` of one task and nominal length, from number `from` on. */
export interface WantedItems {
  readonly task: RecallTask;
  /** As `parseContext` gives it: 4000 for 4k. */
  readonly nominalTokens: number;
  readonly from: number;
  readonly count: number;
  readonly seed: number;
}

/**
 * Items of one block share a stream of noise, as consecutive items of the official data do; the next block starts
 * its own, so it can be made without the one before.
 */
const blockSize = 50;

/**
 * Makes items, one at a time: stories hidden in noise by the official rules (`NoiseInjectionDataset` of
 * booydar/babilong, `data/create_tasks.py`). The same seed and haystack give the same items, whichever of them
 * are wanted.
 * @throws BenchError (exit 2) when the haystack has no usable sentence
 */
export function* generateItems(
  wanted: WantedItems,
  haystack: Haystack,
  gpt2: Gpt2,
): Generator<RecallItem, void, void> {
  const { task, nominalTokens, from, count, seed } = wanted;
  const context = contextName(nominalTokens);
  const budget = contextBudget(nominalTokens);
  const origin = `${generator}-s${seed}-${haystack.name}${haystack.sha256.slice(0, 8)}`;
  const end = from + count;
  for (let start = from - (from % blockSize); start < end; start += blockSize) {
    const draw = drawFrom(
      randomStream(`${generator} noise ${haystack.sha256} ${seed} ${task} ${context} ${start / blockSize}`),
    );
    const noise = new Noise(haystack, gpt2, draw);
    for (let index = start; index < Math.min(start + blockSize, end); index += 1) {
      const { facts, question, target } = storyOf(task, seed, index, mostLines(budget));
      const sentences = facts.map((fact) => ` ${fact}`);
      const factTokens = sentences.reduce((sum, sentence) => sum + gpt2.count(sentence), 0);
      const noiseTokens = Math.max(0, (budget ?? 0) - factTokens);
      const text = weave(sentences, noise.take(noiseTokens), draw);
      if (index < from) continue;
      const contextTokens = factTokens + noiseTokens;
      yield makeItem({ origin, task, context, contextTokens, index, text, question, target });
    }
  }
}

/**
 * Hides facts in noise, in their order: for each a place before a sentence of noise or behind the last one is
 * drawn, all as likely, several may share one.
 */
function weave(facts: readonly string[], noise: readonly string[], draw: Draw): string {
  const places = facts.map(() => draw.below(noise.length + 1)).sort((a, b) => a - b);
  const pieces: string[] = [];
  let told = 0;
  for (let place = 0; place <= noise.length; place += 1) {
    for (; places[told] === place; told += 1) pieces.push(facts[told] ?? '');
    pieces.push(noise[place] ?? '');
  }
  return pieces.join('').trim();
}
