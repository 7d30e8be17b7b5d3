import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findingMeaning, reasonMeaning } from '../../src/report/meanings.ts';
import { drawTable } from '../../src/report/table.ts';
import { clip, clipMiddle, labelled, printable, textWidth, wrap } from '../../src/report/text.ts';

const asIs = (text: string): string => text;

test('wrapping loses no word and breaks only at spaces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/)),
      fc.integer({ min: 12, max: 40 }),
      (words, width) => {
        const lines = wrap(words.join(' '), width);
        expect(lines.join(' ')).toBe(words.join(' '));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      },
    ),
  );
});

test('wrapping leaves a number with its unit and a range whole', () => {
  expect(wrap('TTFT 48.3 ms → 14.3 ms', 8)).toEqual(['TTFT', '48.3 ms', '→', '14.3 ms']);
  expect(wrap('prompt 31 … 64 (median 47.5)', 12)).toEqual(['prompt', '31 … 64', '(median', '47.5)']);
  expect(wrap('in 3 seconds', 5)).toEqual(['in 3', 'seconds']);
});

test('wrapping leaves p with its value', () => {
  expect(wrap('of 50, p < 0.0001', 12)).toEqual(['of 50,', 'p < 0.0001']);
  expect(wrap('of 50, p 0.003', 10)).toEqual(['of 50,', 'p 0.003']);
});

test('clipping in the middle keeps the width and both ends', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b', '語', '-'), maxLength: 30 }),
      fc.integer({ min: 4, max: 30 }),
      (text, width) => {
        const clipped = clipMiddle(text, width);
        expect(textWidth(clipped)).toBeLessThanOrEqual(width);
        if (textWidth(text) <= width) expect(clipped).toBe(text);
        else
          expect([
            text.startsWith(clipped.split('…')[0] ?? ''),
            text.endsWith(clipped.split('…')[1] ?? ''),
          ]).toEqual([true, true]);
      },
    ),
  );
  expect(clipMiddle('vllm--kv-cache-dtype=fp8', 13)).toBe('vllm--…pe=fp8');
});

test('clipping keeps the width, also of wide characters', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'é', '語', '🚀') }),
      fc.integer({ min: 2, max: 20 }),
      (text, width) => {
        const clipped = clip(text, width);
        expect(textWidth(clipped)).toBeLessThanOrEqual(width);
        if (textWidth(text) <= width) expect(clipped).toBe(text);
      },
    ),
  );
});

test('text of others cannot move the cursor', () => {
  expect(printable('a\u001b[2Jb\nc\u009b1m\r\u001b[31md')).toBe('ab c 1m d');
});

test('a labelled line keeps its margin', () => {
  expect(labelled('errors', 'one two three four five', 30)).toEqual([
    '  errors     one two three four',
    '             five',
  ]);
  expect(labelled('errors', '', 80)).toEqual([]);
});

test('a table drops columns by their number until the rest can be cut to fit', () => {
  const columns = [
    { head: 'name', align: 'left', cells: ['alpha', 'b'] },
    { head: 'count', align: 'right', cells: ['1', '20'] },
    { head: 'first to go', align: 'left', cells: ['x', 'y'], drop: 2 },
    { head: 'then this', align: 'left', cells: ['x', 'y'], drop: 1 },
  ] as const;
  expect(drawTable(columns, 40, asIs)).toEqual([
    'name   count  first to go  then this',
    'alpha      1  x            x',
    'b         20  y            y',
  ]);
  expect(drawTable(columns, 30, asIs)[0]).toBe('name   count  then this');
  expect(drawTable(columns, 5, asIs)[0]).toBe('name   count');
  const long = {
    head: 'text',
    align: 'left',
    cells: ['a text of some length', 'short'],
    least: 12,
  } as const;
  expect(drawTable([columns[0], long], 22, asIs)[1]).toBe('alpha  a text of some…');
  expect(drawTable([{ ...long, cells: [] }], 22, asIs)).toEqual([]);
  const longer = { ...long, head: 'more', cells: ['z'.repeat(60), ''], drop: 1 };
  // The widest gives most, and none more than it can.
  const [wide, even, least, dropped] = [52, 45, 33, 32].map(
    (width) => drawTable([columns[0], long, longer], width, asIs)[1],
  );
  expect(wide).toBe(`alpha  a text of some length  ${'z'.repeat(21)}…`);
  expect(even).toMatch(/^alpha {2}.{17}… {2}z{17}…$/);
  expect(least).toMatch(/^alpha {2}.{11}… {2}z{11}…$/);
  expect(dropped).toBe('alpha  a text of some length');
  expect(drawTable([columns[0], long], 14, asIs)[1]).toBe('alpha  a text…');
});

test('findings and reasons in words', () => {
  expect(reasonMeaning('dirty:baseline')).toBe(reasonMeaning('dirty'));
  expect(reasonMeaning('invalid:errors')).not.toBe('');
  expect(reasonMeaning('never heard of')).toBe('');
  expect(findingMeaning('not-steady')).toContain('warmup');
  expect(findingMeaning('never heard of')).toBe('');
});
