import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { endToEnd, valuesOf } from '../../src/proxy/headers.ts';
import { requestHead } from '../../src/proxy/request-head.ts';

const none: ReadonlySet<string> = new Set();

describe('headers that travel on', () => {
  it('keeps pairs, their order, spelling and doubles', () => {
    const raw = ['Set-Cookie', 'a=1', 'X-A', '1', 'set-cookie', 'b=2', 'X-A', '2'];
    expect(endToEnd(raw, none)).toEqual(raw);
    expect(valuesOf(raw, 'set-cookie')).toEqual(['a=1', 'b=2']);
  });

  it('drops those of the connection and those it names', () => {
    const raw = [
      ...[
        'Connection',
        'close, X-Hop',
        'X-Hop',
        '1',
        'Keep-Alive',
        'timeout=5',
        'TE',
        'trailers',
        'Trailer',
        'X',
      ],
      ...[
        'Transfer-Encoding',
        'chunked',
        'Upgrade',
        'h2c',
        'Proxy-Authorization',
        'Basic eA==',
        'connection',
        'x-two',
      ],
      ...['X-Two', '2', 'X-Kept', '3'],
    ];
    expect(endToEnd(raw, none)).toEqual(['X-Kept', '3']);
    expect(endToEnd(raw, new Set(['x-kept']))).toEqual([]);
  });
});

describe('the head of a request to the engine', () => {
  const request = (raw: string[], headers: object) =>
    ({ method: 'POST', rawHeaders: raw, headers }) as unknown as IncomingMessage;
  const to = { path: '/v1/x?a=b', host: '127.0.0.1:9', hasToken: false };

  it('asks for plain bytes, whatever the client takes', () => {
    const raw = ['Host', 'h', 'Accept-Encoding', 'gzip', 'Expect', '100-continue', 'Content-Length', '2'];
    expect(requestHead(request(raw, { 'content-length': '2' }), to)).toBe(
      'POST /v1/x?a=b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nAccept-Encoding: identity\r\n\r\n',
    );
  });

  it('frames again what came in chunks, and names a host where the client did not', () => {
    const raw = ['Transfer-Encoding', 'chunked', 'Authorization', 'Bearer key'];
    const chunked = request(raw, { 'transfer-encoding': 'chunked' });
    expect(requestHead(chunked, to).split('\r\n').slice(1, -2)).toEqual([
      'Host: 127.0.0.1:9',
      'Authorization: Bearer key',
      'Accept-Encoding: identity',
      'Transfer-Encoding: chunked',
    ]);
    expect(requestHead(chunked, { ...to, hasToken: true })).not.toContain('Bearer');
  });
});
