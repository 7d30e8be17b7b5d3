import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knobFile, parseKnob, writeKnobFiles } from '../src/sweep-knobs.ts';

describe('parseKnob', () => {
  it('reads a flag or a variable with its values', () => {
    expect(parseKnob('--kv-cache-dtype=auto,fp8')).toEqual({
      flag: '--kv-cache-dtype',
      values: ['auto', 'fp8'],
    });
    expect(parseKnob('env.OMP_NUM_THREADS=1, 2').values).toEqual(['1', '2']);
  });

  it('keeps the commas of JSON', () => {
    expect(parseKnob('--x={"a":1,"b":[2,3]},{"a":2},"1,2"').values).toEqual([
      '{"a":1,"b":[2,3]}',
      '{"a":2}',
      '"1,2"',
    ]);
  });

  it.each(['', '--x', '--x=', 'x=1', '--x=1,,2', '--x=1,1', '--x y=1'])('refuses %j', (text) => {
    expect(() => parseKnob(text)).toThrow('names no flag with values');
  });
});

describe('knobFile', () => {
  const base = { description: 'Base', args: ['serve', 'm', '--dtype=fp8', '--eager'], env: { T: '1' } };
  const made = (flag: string, value: string) => knobFile(base, 'configs/a.yaml', flag, value);

  it('is a child with one knob', () => {
    expect(made('--kv-cache-dtype', 'fp8')).toEqual({
      config: 'configs/sweep/a-kv-cache-dtype-fp8.yaml',
      value: 'fp8',
      text: 'description: "Base, --kv-cache-dtype fp8"\nparent: ../a.yaml\nset: { "--kv-cache-dtype": "fp8" }\n',
    });
    expect(made('env.T', '2').text).toContain('env: { "T": "2" }');
  });

  it('true is the flag alone, false is without it', () => {
    expect(made('--graphs', 'true').text).toContain('set: { "--graphs": true }');
    expect(made('--eager', 'false').text).toContain('unset: ["--eager"]');
  });

  it.each([
    ['--dtype', 'fp8'],
    ['--eager', 'true'],
    ['--graphs', 'false'],
    ['env.T', '1'],
  ])('the base stands for %s %s, which it has', (flag, value) => {
    expect(made(flag, value)).toEqual({ config: 'configs/a.yaml', value, text: null });
  });

  it('tells values apart that differ in a sign alone', () => {
    const names = ['x', '-x', '/x', 'x/', '-x-'].map((value) => made('--x', value).config);
    expect(new Set(names).size).toBe(names.length);
  });

  it('gives each value a name of its own that any file system takes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (one, other) => {
        const [a, b] = [one, other].map((value) => made('--x', value).config);
        fc.pre(![one, other].includes('false'));
        expect(a).toMatch(/^configs\/sweep\/[A-Za-z0-9._-]+$/);
        expect(a === b).toBe(one === other);
      }),
    );
  });
});

describe('writeKnobFiles', () => {
  const file = { config: 'configs/sweep/a.yaml', value: '1', text: 'description: a\n' };

  it('writes what is not there, and takes only that away again', () => {
    const root = mkdtempSync(join(tmpdir(), 'bench-knobs-'));
    const path = join(root, file.config);
    const undo = writeKnobFiles(root, [file]);
    expect(readFileSync(path, 'utf8')).toBe(file.text);
    writeKnobFiles(root, [file])();
    expect(existsSync(path)).toBe(true);
    undo();
    expect(existsSync(path)).toBe(false);
  });

  it('refuses a file that says something else', () => {
    const root = mkdtempSync(join(tmpdir(), 'bench-knobs-'));
    mkdirSync(join(root, 'configs/sweep'), { recursive: true });
    writeFileSync(join(root, file.config), 'description: b\n');
    expect(() => writeKnobFiles(root, [file])).toThrow('is not the file that this sweep would make');
  });
});
