import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadFraming, bodyReader } from '../../src/proxy/framing.ts';
import { HeadReader } from '../../src/proxy/response-head.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Cuts bytes at places given as fractions. */
function cut(whole: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => Math.floor(place * whole.length)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => whole.subarray(from, at[index] ?? whole.length));
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

describe('a chunked body', () => {
  it('gives its content and its end however the reads cut it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
        places,
        (chunks, cuts) => {
          const framed = chunks.map((chunk) =>
            Buffer.concat([bytes(`${chunk.length.toString(16)};x="y"\r\n`), chunk, bytes('\r\n')]),
          );
          const whole = Buffer.concat([...framed, bytes('0\r\nX-Trailer: 1\r\n\r\n')]);
          const reader = bodyReader({ kind: 'chunked' });
          const pieces: Buffer[] = [];
          const ends = cut(whole, cuts).map((read) => reader.take(read, 0, (piece) => pieces.push(piece)));
          expect(Buffer.concat(pieces)).toEqual(Buffer.concat(chunks));
          expect(ends.at(-1)).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['xyz\r\n', 'a chunk without a size'],
    ['-1\r\n', 'a chunk without a size'],
    ['2\nab\r\n', 'without CRLF'],
    ['2\r\nabc\r\n', 'longer than it says'],
    ['0\r\n\r\nHTTP/1.1 200 OK\r\n', 'bytes after the last chunk'],
    [`1${' '.repeat(9_000)}`, 'too long a line'],
  ])('refuses %j', (text, why) => {
    const reader = bodyReader({ kind: 'chunked' });
    expect(() => reader.take(bytes(text), 0, null)).toThrow(why);
  });
});

describe('other bodies', () => {
  it('end after their length, and not beyond', () => {
    const reader = bodyReader({ kind: 'sized', bytes: 5 });
    expect([reader.take(bytes('ab'), 0, null), reader.take(bytes('cde'), 0, null)]).toEqual([false, true]);
    expect(() => reader.take(bytes('f'), 0, null)).toThrow(BadFraming);
    expect(reader.mayClose).toBe(false);
  });

  it('or with the connection', () => {
    const reader = bodyReader({ kind: 'until-close' });
    expect([reader.take(bytes('ab'), 0, null), reader.mayClose]).toEqual([false, true]);
  });
});

describe('the head of a response', () => {
  it('is read however it is cut, with interim ones before it', () => {
    const text =
      'HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 201 Well done\r\nSet-Cookie: a\r\nset-cookie:  b \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc';
    fc.assert(
      fc.property(places, (cuts) => {
        const reader = new HeadReader('POST');
        const heads = cut(bytes(text), cuts).map((read) => reader.take(read));
        const at = heads.findIndex((head) => head !== null);
        const after = cut(bytes(text), cuts).slice(at + 1);
        const { head, rest } = heads[at] ?? { head: null, rest: bytes('') };
        expect(head).toEqual({
          status: 201,
          reason: 'Well done',
          raw: ['Set-Cookie', 'a', 'set-cookie', 'b', 'Transfer-Encoding', 'chunked'],
          framing: { kind: 'chunked' },
          staysOpen: true,
        });
        expect(Buffer.concat([rest, ...after]).toString()).toBe('3\r\nabc');
      }),
    );
  });

  it.each([
    ['GET', 'HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n', { kind: 'sized', bytes: 7 }],
    ['GET', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', { kind: 'none' }],
    ['HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n', { kind: 'none' }],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', { kind: 'none' }],
    ['GET', 'HTTP/1.0 200\r\n\r\n', { kind: 'until-close' }],
  ])('%s %j says how its body ends', (method, text, framing) => {
    expect(new HeadReader(method).take(bytes(text))?.head.framing).toEqual(framing);
  });

  it.each([
    ['HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n', true],
    ['HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: x, Close\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\ncontent-length: 7\r\n\r\n', false],
    ['HTTP/1.1 200 OK\r\n\r\n', false],
  ])('%j says whether another may follow', (text, staysOpen) => {
    expect(new HeadReader('GET').take(bytes(text))?.head.staysOpen).toBe(staysOpen);
  });

  it.each([
    'SSH-2.0-OpenSSH_9\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 7\r\ncontent-length: 8\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: -7\r\n\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'x'.repeat(70_000),
  ])('refuses %.60j', (text) => {
    expect(() => new HeadReader('GET').take(bytes(text))).toThrow(BadFraming);
  });
});
