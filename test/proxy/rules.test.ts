import { describe, expect, it } from 'vitest';
import { isLoopback, parseListen } from '../../src/proxy/address.ts';
import { pathOf, routeOf } from '../../src/proxy/routes.ts';
import { tokenCheck } from '../../src/proxy/token.ts';

it.each([
  ['127.0.0.1:8100', { host: '127.0.0.1', port: 8100 }],
  ['localhost:0', { host: '127.0.0.1', port: 0 }],
  ['8100', { host: '127.0.0.1', port: 8100 }],
  ['[::1]:8100', { host: '::1', port: 8100 }],
  ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
  ['::1:8100', null],
  ['[127.0.0.1]:1', null],
  ['example.org:80', null],
  ['127.0.0.1', null],
  ['127.0.0.1:65536', null],
  ['', null],
])('--listen %j is %j', (text, address) => {
  expect(parseListen(text)).toEqual(address);
});

it('knows what only this machine can reach', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '10.0.0.1', '::'].map(isLoopback)).toEqual([
    ...[true, true, true],
    ...[false, false, false],
  ]);
});

describe('paths', () => {
  it('may be whole URLs and have queries', () => {
    expect(pathOf('http://a:1/v1/x?y=1')).toBe('/v1/x?y=1');
    expect(pathOf('http://a')).toBe('/');
    expect(['/v1', '/v1/models', '/v1?x', '/v12', '/meta?x', '/metadata', '/'].map(routeOf)).toEqual([
      ...['v1', 'v1', 'v1', 'other', 'meta', 'other', 'other'],
    ]);
  });
});

it('a token is the whole token', () => {
  const isAllowed = tokenCheck('0123456789abcdef');
  const given = [
    'Bearer 0123456789abcdef',
    'bearer  0123456789abcdef ',
    'Bearer 0123456789abcde',
    'Basic x',
    undefined,
  ];
  expect(given.map(isAllowed)).toEqual([true, true, false, false, false]);
  expect(tokenCheck(null)(undefined)).toBe(true);
});
