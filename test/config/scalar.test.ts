import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/config/parse.ts';
import { ambiguity } from '../../src/config/scalar.ts';
import { load, problemsOf } from './files.ts';

const head = 'description: d\nengine: llamacpp\ncmd: ./s\n';

describe('a scalar', () => {
  it.each([
    ...[
      '1',
      '-1',
      '+1',
      '0',
      '1.50',
      '.5',
      '5.',
      '1e',
      'e3',
      '1_000',
      'nope',
      'offline',
      'y',
      '-',
      '0x',
      '1.2.3',
      'null1',
      '2026',
      '12:30',
      '127.0.0.1:80',
    ],
  ])('%s is handed over as written', async (word) => {
    const { experiment } = await load({
      'x.yaml': `${head}args:\n  - ${word === '-' ? '"-"' : word}\nenv:\n  A: ${word === '-' ? '"-"' : word}\n`,
    });
    expect([experiment.args, experiment.env]).toEqual([[word], { A: word }]);
  });

  it.each([
    ...[
      'true',
      'True',
      'FALSE',
      'yes',
      'No',
      'ON',
      'off',
      '~',
      'null',
      'NULL',
      '1e3',
      '1.5E-3',
      '-2e+5',
      '08',
      '017',
      '-07',
      '0o17',
      '0b11',
      '00.5',
      '0x1f',
      '0XFF',
      '.inf',
      '-.INF',
      '.NaN',
      '2026-01-02',
      '2026-1-2',
      '2026-01-02T03:04:05Z',
    ],
  ])('%s is refused in args and env, in quotes it is right', async (word) => {
    const how = ambiguity(word) === 'null' ? ` in quotes if the text ${word} is meant` : '';
    expect(await problemsOf({ 'x.yaml': `${head}args:\n  - ${word}\nenv:\n  A: ${word}\n` })).toEqual([
      `x.yaml:5:5: \`args\` cannot be \`${word}\`, which reads as ${ambiguity(word)}, expected text: write "${word}"${how}`,
      `x.yaml:7:6: \`env.A\` cannot be \`${word}\`, which reads as ${ambiguity(word)}, expected text or { secret: $VARIABLE }: write "${word}"${how}`,
    ]);
    const { experiment } = await load({ 'x.yaml': `${head}args: ["${word}"]\nenv: { A: '${word}' }\n` });
    expect([experiment.args, experiment.env]).toEqual([[word], { A: word }]);
  });

  it('in quotes is always what stands in the quotes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }).filter((text) => !/[\0$\uD800-\uDFFF]/.test(text)),
        async (text) => {
          expect(
            (await load({ 'x.yaml': `${head}args: [${JSON.stringify(text)}]\n` })).experiment.args,
          ).toEqual([text]);
        },
      ),
      { numRuns: 50 },
    );
  });
});

it('a place is that of the text in the file, whatever stands before it', () => {
  const filler = fc.array(
    fc.constantFrom(
      '# é😀\n',
      '\n',
      'k: |\n  é\n\n  x\n',
      'k: "a\n  b"\n',
      'k: >-\n  a\n  b\n',
      'k: [1,\n  2]\n',
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(filler, fc.boolean(), fc.boolean(), (parts, windows, bom) => {
      const before = parts.map((part, index) => part.replace('k:', `k${index}:`)).join('');
      const unix = `${before}é: [😀, x]\n`;
      const text = `${bom ? '\uFEFF' : ''}${windows ? unix.replaceAll('\n', '\r\n') : unix}`;
      const entry = parseYaml('f', text).root?.entries.get('é');
      const line = before.split('\n').length;
      expect(entry?.key).toEqual({ file: 'f', line, column: 1 });
      expect(entry?.value.kind === 'list' && entry.value.items[1]?.at).toEqual({
        file: 'f',
        line,
        column: 8,
      });
    }),
  );
});
