import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HttpResponse } from '../../src/measure/http-response.ts';

function read(text: string | Buffer, isClosed = false): { response: HttpResponse; body: string } {
  const response = new HttpResponse();
  const body = push(response, Buffer.from(text as string)).toString();
  if (isClosed) response.end();
  return { response, body };
}

/** The body bytes that these bytes hold. */
function push(response: HttpResponse, bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  response.push(bytes, (piece) => pieces.push(piece));
  return Buffer.concat(pieces);
}

const head = (...lines: string[]) => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;

test('content-length', () => {
  const { response, body } = read(`${head('Content-Length: 5', 'X-A: 1', 'x-a: 2')}hello`);
  expect(body).toBe('hello');
  expect(response.isComplete()).toBe(true);
  expect(response.head?.status).toBe(200);
  expect(response.head?.headers.get('x-a')).toBe('1, 2');
});

test('chunked with extensions and trailers', () => {
  const { response, body } = read(
    `${head('Transfer-Encoding: chunked')}5;a=b\r\nhello\r\n6 \r\n world\r\n0\r\nX-T: 1\r\n\r\n`,
  );
  expect(body).toBe('hello world');
  expect(response.isComplete()).toBe(true);
  expect(response.hasExcess).toBe(false);
});

test('chunked wins over content-length', () => {
  expect(read(`${head('Content-Length: 3', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`).body).toBe(
    'hello',
  );
});

test('a body up to the close', () => {
  const open = read(`${head()}hello`);
  expect(open.response.isComplete()).toBe(false);
  open.response.end();
  expect(open.response.isComplete()).toBe(true);
  expect(open.response.error).toBeNull();
});

test('204 has no body', () => {
  expect(read('HTTP/1.1 204 No Content\r\n\r\n').response.isComplete()).toBe(true);
});

test('1xx is skipped', () => {
  const { response, body } = read(
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n${head('content-length: 1')}x`,
  );
  expect([response.head?.status, body]).toEqual([200, 'x']);
});

test('bare LF, folded header, empty reason', () => {
  const { response, body } = read('HTTP/1.1 200\nx-a: 1\n  2\ncontent-length: 1\n\nx');
  expect([response.head?.headers.get('x-a'), body]).toEqual(['1 2', 'x']);
});

test.each([
  ['HTTP/1.1 says nothing', head('content-length: 0'), true],
  ['HTTP/1.1 close', head('content-length: 0', 'Connection: Close'), false],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', false],
  ['HTTP/1.0 keep-alive', 'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n', true],
])('keep-alive: %s', (_name, text, keepAlive) => {
  expect(read(text).response.head?.keepAlive).toBe(keepAlive);
});

test.each([
  ['not HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', 'the answer is not HTTP/1.1: "SSH-2.0-OpenSSH"'],
  ['a header without name', head(': x'), 'a header line has no name: ": x"'],
  [
    'two lengths',
    head('content-length: 1', 'content-length: 2'),
    'the response has no usable content-length: "1, 2"',
  ],
  ['a bad size', `${head('transfer-encoding: chunked')}zz\r\n`, 'a chunk of the response has no size: "zz"'],
  [
    'a long chunk',
    `${head('transfer-encoding: chunked')}1\r\nab\r\n`,
    'a chunk of the response is longer than its stated size',
  ],
  ['endless headers', head(`x: ${'y'.repeat(70_000)}`), 'the response has over 65536 bytes of headers'],
])('%s breaks the protocol', (_name, text, error) => {
  const { response } = read(text);
  expect(response.error).toBe(error);
  expect(response.isComplete()).toBe(false);
});

test.each([
  ['nothing', '', 'the connection was closed before the response had its headers'],
  ['half a head', 'HTTP/1.1 200 OK\r\n', 'the connection was closed before the response had its headers'],
  [
    'half a length',
    `${head('content-length: 5')}he`,
    'the connection was closed in the middle of the response',
  ],
  [
    'no last chunk',
    `${head('transfer-encoding: chunked')}2\r\nhe\r\n`,
    'the connection was closed in the middle of the response',
  ],
])('closed after %s', (_name, text, error) => {
  expect(read(text, true).response.error).toBe(error);
});

test('bytes after the response are excess', () => {
  expect(read(`${head('content-length: 1')}xHTTP/1.1 408`).response.hasExcess).toBe(true);
});

test('many chunks do not add up to the header limit', () => {
  const chunks = '5\r\nhello\r\n'.repeat(30_000);
  const { response, body } = read(`${head('transfer-encoding: chunked')}${chunks}0\r\n\r\n`);
  expect([response.error, body.length]).toEqual([null, 150_000]);
});

test('however the bytes are cut, the body is the same', () => {
  const chunk = fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => Buffer.from(text));
  const message = fc
    .array(chunk)
    .map((chunks) =>
      Buffer.concat([
        Buffer.from(`HTTP/1.1 100 Continue\r\n\r\n${head('transfer-encoding: chunked', 'x-a: b')}`),
        ...chunks.flatMap((bytes) => [
          Buffer.from(`${bytes.length.toString(16)};x\r\n`),
          bytes,
          Buffer.from('\r\n'),
        ]),
        Buffer.from('0\r\nx-t: 1\r\n\r\n'),
      ]),
    );
  fc.assert(
    fc.property(message, fc.array(fc.nat(300)), (bytes, cuts) => {
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const response = new HttpResponse();
      const pieces = places.slice(1).map((place, at) => push(response, bytes.subarray(places[at], place)));
      expect(response.isComplete() && !response.hasExcess).toBe(true);
      expect(Buffer.concat(pieces).toString()).toBe(read(bytes).body);
    }),
    { numRuns: 300 },
  );
});
