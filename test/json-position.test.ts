import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstJsonError, pythonJson } from '../src/json-position.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('where a text stops being JSON', () => {
  it.each([
    ['{"a": x}', 6],
    ['{"a":1,}', 7],
    ['[1,]', 3],
    ['[1}', 2],
    ['{"a":[1,2}', 9],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ['{"a":01}', 6],
    ["{'a':1}", 1],
    ['{"a":"\n"}', 6],
    ['{"a":"\\x"}', 6],
    ['{"a":1} x', 8],
    ['{"a":"never closed', 18],
    ['{', 1],
    ['', 0],
    ['\uFEFF{}', 0],
    ['{"a":NaN}', 5],
  ])('%j: at %i', (text, expected) => {
    expect(firstJsonError(text)).toBe(expected);
  });

  it('agrees with JSON.parse on every text made by damaging JSON', () => {
    const damaged = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.nat(3),
        fc.constantFrom('', '"', '{', ']', ',', ':', '0', '\\', 'e', '\n', '-'),
      )
      .map(([text, at, removed, added]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + added + text.slice(place + removed);
      });
    let broken = 0;
    fc.assert(
      fc.property(damaged, (text) => {
        const at = firstJsonError(text);
        if (at !== null) broken += 1;
        expect(at === null).toBe(isJson(text));
      }),
      { numRuns: 3000 },
    );
    expect(broken).toBeGreaterThan(300);
  });

  it('reads a megabyte and deep nesting', () => {
    expect(firstJsonError(`{"a":"${'é\\n'.repeat(400_000)}"}`)).toBeNull();
    expect(firstJsonError('['.repeat(200_000))).toBe(200_000);
  });
});

describe('where a text stops being JSON as Python reads it', () => {
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
    expect(firstJsonError(text, pythonJson)).toBe(at);
  });

  it('is nowhere in what JSON.stringify writes, and somewhere in every beginning of an object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (value, cut) => {
        const text = JSON.stringify(value);
        expect(firstJsonError(text, pythonJson)).toBeNull();
        expect(firstJsonError(text.slice(0, cut % text.length), pythonJson)).not.toBeNull();
      }),
    );
  });

  it('agrees with JSON.parse on damaged texts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.constantFrom(...'{}[]",:1x\\ '), (value, at, put) => {
        const text = JSON.stringify({ value });
        const damaged = text.slice(0, at % text.length) + put + text.slice((at % text.length) + 1);
        expect(firstJsonError(damaged, pythonJson) === null).toBe(isJson(damaged));
      }),
    );
  });

  it('is not looked for in what is nested too deep', () => {
    expect(firstJsonError('['.repeat(100_000), pythonJson)).toBeNull();
  });
});
