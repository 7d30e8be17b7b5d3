import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from '../../src/engines/json-fault.ts';

describe('where a text stops being JSON', () => {
  it.each<[string, number | null]>([
    ['{}', null],
    [' [1, -0.5e+3, "a\\u00e9\\n", null] ', null],
    ['{"a": NaN, "b": -Infinity}', null],
    ['{a: 1}', 1],
    ['{"a": True}', 6],
    ['{"a" 1}', 5],
    ['{"a": 1 "b": 2}', 8],
    ['{"a": 1,}', 8],
    ['{"a": [1, 2}', 11],
    ['{"a": "x\ny"}', 6],
    ['{"a": 1}}', 8],
    ['{"a": 01}', 7],
    ['{"a": ', 6],
    ['', 0],
  ])('%j: %s', (text, at) => {
    expect(jsonFault(text)).toBe(at);
  });

  it('is nowhere in what JSON.stringify writes, and somewhere in every beginning of an object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (value, cut) => {
        const text = JSON.stringify(value);
        expect(jsonFault(text)).toBeNull();
        expect(jsonFault(text.slice(0, cut % text.length))).not.toBeNull();
      }),
    );
  });

  it('agrees with JSON.parse on damaged texts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.constantFrom(...'{}[]",:1x\\ '), (value, at, put) => {
        const text = JSON.stringify({ value });
        const damaged = text.slice(0, at % text.length) + put + text.slice((at % text.length) + 1);
        expect(jsonFault(damaged) === null).toBe(parses(damaged));
      }),
    );
  });

  it('is not looked for in what is nested too deep', () => {
    expect(jsonFault('['.repeat(100_000))).toBeNull();
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
