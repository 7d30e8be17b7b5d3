import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstJsonError } from '../../src/workload/json-position.ts';

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
