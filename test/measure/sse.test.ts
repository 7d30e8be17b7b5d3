import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SseFrame, SseParser } from '../../src/measure/sse.ts';

/** All frames when the bytes come in these pieces; piece i is stamped i. */
function parse(pieces: readonly Buffer[]): SseFrame[] {
  const parser = new SseParser();
  const frames: SseFrame[] = [];
  for (const [at, piece] of pieces.entries()) parser.push(at, piece, (frame) => frames.push(frame));
  return [...frames, ...parser.end()];
}

const data = (text: string) => parse([Buffer.from(text)]).map((frame) => [frame.kind, frame.data]);

test.each([
  ['one frame', 'data: a\n\n', [['data', 'a']]],
  [
    'CR LF',
    'data: a\r\n\r\ndata: b\r\n\r\n',
    [
      ['data', 'a'],
      ['data', 'b'],
    ],
  ],
  [
    'CR',
    'data: a\r\rdata: b\r\r',
    [
      ['data', 'a'],
      ['data', 'b'],
    ],
  ],
  ['no space', 'data:a\n\n', [['data', 'a']]],
  ['only one space is dropped', 'data:  a\n\n', [['data', ' a']]],
  [
    'a comment of its own',
    ': ping\n\ndata: a\n\n',
    [
      ['comment', ''],
      ['data', 'a'],
    ],
  ],
  ['a comment inside a frame', ': ping\ndata: a\n\n', [['data', 'a']]],
  ['several data lines', 'data: a\ndata: b\n\n', [['data', 'a\nb']]],
  ['a data line without colon', 'data\n\n', [['data', '']]],
  ['other fields', 'event: x\nid: 1\nretry: 5\ndata: a\n\n', [['data', 'a']]],
  ['a field that only starts like data', 'dat: a\ndatabase: b\n\n', [['comment', '']]],
  ['a byte order mark', '\uFEFFdata: a\n\n', [['data', 'a']]],
  ['blank lines between', '\n\n\ndata: a\n\n\n\n', [['data', 'a']]],
  [
    'a last frame without blank line',
    'data: a\n\ndata: b\n',
    [
      ['data', 'a'],
      ['data', 'b'],
    ],
  ],
  [
    'a last frame without line end',
    'data: a\n\ndata: b',
    [
      ['data', 'a'],
      ['data', 'b'],
    ],
  ],
  ['a frame over 64 KB', `data: ${'x'.repeat(200_000)}\n\n`, [['data', 'x'.repeat(200_000)]]],
])('%s', (_name, text, frames) => {
  expect(data(text)).toEqual(frames);
});

test('a frame has the stamp of the read that completed it, and frames of one read share it', () => {
  const frames = parse([Buffer.from('data: a\n'), Buffer.from('\ndata: b\n\ndata: c'), Buffer.from('\n\n')]);
  expect(frames.map((frame) => [frame.data, frame.tNs])).toEqual([
    ['a', 1],
    ['b', 1],
    ['c', 2],
  ]);
});

test('a frame that ends with the stream has the stamp of its last byte', () => {
  const parser = new SseParser();
  parser.push(5, Buffer.from('data: a'), () => {});
  parser.push(9, Buffer.alloc(0), () => {});
  expect(parser.end()).toEqual([{ kind: 'data', data: 'a', tNs: 5, bytes: 7 }]);
});

test('pendingBytes counts the frame that is not complete', () => {
  const parser = new SseParser();
  parser.push(0, Buffer.from('data: a\n\ndata: bc'), () => {});
  expect(parser.pendingBytes()).toBe(8);
});

const line = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
  fc.constantFrom(': ping', 'data', 'data:', 'event: x', '', 'data: 東京🚲 naïve', 'data: [DONE]'),
);
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')))
  .map((lines) => Buffer.from(lines.map(([text, end]) => text + end).join('')));

test('however the bytes are cut, the frames are the same', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(400)), (bytes, cuts) => {
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((place, at) => bytes.subarray(places[at], place));
      const strip = (frames: SseFrame[]) => frames.map(({ kind, data, bytes }) => ({ kind, data, bytes }));
      expect(strip(parse(pieces))).toEqual(strip(parse([bytes])));
    }),
    { numRuns: 500 },
  );
});

test('byte by byte, too', () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      const pieces = [...bytes].map((byte) => Buffer.from([byte]));
      expect(parse(pieces).map((frame) => frame.data)).toEqual(parse([bytes]).map((frame) => frame.data));
    }),
  );
});
