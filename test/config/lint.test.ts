import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configSchemaJson } from '../../src/config/json-schema.ts';
import { lint } from '../../src/config/lint.ts';
import { editDistance, nearest } from '../../src/config/nearest.ts';
import { folderWith } from './files.ts';

const root = join(import.meta.dirname, '../..');
const small = 'description: d\nengine: llamacpp\ncmd: ./server\n';

describe('lint', () => {
  it('tells everything about every file', async () => {
    const cwd = await folderWith({
      'a.yaml': small,
      'b.yaml': `${small}warmup: x\nlaunches: 0\n`,
      'c.yaml': 'a: [',
    });
    const options = { cwd, env: { HOME: '/h' }, needsEnv: { llamacpp: ['HOME'] } };
    const reports = await lint(['a.yaml', 'b.yaml', 'c.yaml', 'gone.yaml'], options);
    expect(reports.map(({ path, problems, hints }) => [path, problems.length, hints.length])).toEqual([
      ['a.yaml', 0, 1],
      ['b.yaml', 2, 0],
      ['c.yaml', 1, 0],
      ['gone.yaml', 1, 0],
    ]);
    expect(reports[0]?.loaded?.configPath).toBe('a.yaml');
  });

  it('finds nothing wrong with the experiments that are shipped', async () => {
    const reports = await lint(['configs/llamacpp-smollm2.yaml', 'configs/llamacpp-smollm2-t2.yaml'], {
      cwd: root,
      env: {},
    });
    expect(reports.flatMap((report) => report.problems)).toEqual([]);
    expect(reports.map((report) => report.loaded?.experiment.args.slice(4, 6))).toEqual([
      ['-t', '1'],
      ['-t', '2'],
    ]);
  });
});

describe('the JSON Schema', () => {
  it('in docs is what the code says (else: bench config schema > docs/experiment.schema.json)', async () => {
    const stored = await readFile(join(root, 'docs/experiment.schema.json'), 'utf8');
    expect(JSON.parse(stored)).toEqual(configSchemaJson());
  });

  it('knows every key, takes numbers among the words, and asks a child for no engine', () => {
    const schema = configSchemaJson() as {
      properties: Record<string, { items?: { type: unknown } }>;
      required: unknown;
      anyOf: unknown;
    };
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(['parent', 'set', 'recall', 'expect', 'port_flag', 'api_key']),
    );
    expect(schema.properties.args?.items?.type).toEqual(['string', 'number']);
    expect(schema.required).toEqual(['description']);
    expect(schema.anyOf).toEqual([{ required: ['engine'] }, { required: ['parent'] }]);
  });
});

describe('the nearest name', () => {
  it.each([
    ['warmpu', ['warmup', 'workload'], 'warmup'],
    ['max-tokens', ['max_tokens', 'limit'], 'max_tokens'],
    ['Engine', ['engine'], 'engine'],
    ['-x', ['-t'], undefined],
    ['zzzz', ['engine', 'cmd'], undefined],
    ['a', [], undefined],
  ])('of %s among %j is %s', (typed, known, expected) => {
    expect(nearest(typed, known)).toBe(expected);
  });

  it('is measured by a distance', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(short, short, fc.nat(), (a, b, where) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(editDistance(a, `${a.slice(0, where % 7)}z${a.slice(where % 7)}`)).toBe(1);
      }),
    );
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });
});
