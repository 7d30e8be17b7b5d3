import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DiffResult, diffRuns } from '../../src/diff.ts';
import { diffJson } from '../../src/report/diff-json.ts';
import { diffMarkdown } from '../../src/report/diff-markdown.ts';
import { diffText } from '../../src/report/diff-text.ts';
import { textWidth } from '../../src/report/text.ts';
import { gitEnv, tempDir } from '../ledger/repository.ts';
import { expectGolden } from '../report/golden.ts';
import {
  comparisonOf,
  facts,
  requestsOf,
  sampleRun,
  snapshotOf,
  writeArchive,
  writeRecords,
  yaml,
} from './archive.ts';

const narrow = { color: false, columns: 60, all: false };
const usual = { color: false, columns: 80, all: false };
const broad = { color: false, columns: 120, all: true };

const base = { path: 'configs/base.yaml', text: yaml(['-t', '1']) };
const child = (path: string, set: string) => ({
  path,
  text: `description: ${path.replace(/.*\/|\.yaml/g, '')}\nparent: base.yaml\nset: ${set}\n`,
});
const threads = child('configs/threads.yaml', '{ -t: "2" }');
const batch = {
  ...child('configs/batch.yaml', '{ -b: "512" }'),
  text: 'description: batch\nparent: threads.yaml\nset: { -b: "512" }\n',
};
const flash = {
  path: 'configs/flash.yaml',
  text: 'description: flash attention\nparent: batch.yaml\nset: { -fa: "on" }\n',
};

const first = sampleRun(4, [base], requestsOf(1));
const judged = (iter: number, effects: readonly number[], parent = first) => ({
  row: {
    ...{ parent: parent.row.run_id, reason: 'better', pairs: effects.length, e_value: 240, launches: 8 },
    ...{ delta_pct: 4.1, ci_lo_pct: 2.9, ci_hi_pct: 5.2 },
  },
  comparison: comparisonOf(parent.row, effects),
  iter,
});

const effects = [0.04, 0.043, 0.037, 0.041];
const both = [
  ...requestsOf(1, { arm: 'baseline', launches: [1, 4] }),
  ...requestsOf(1.042, { launches: [2, 3], slow: 0.9 }),
];
const second = sampleRun(7, [threads, base], both, {
  ...judged(7, effects),
  record: { snapshot: snapshotOf({ threads: '2', cudnn: '9.2.0', governor: 'performance' }) },
});
const third = sampleRun(9, [batch, threads, base], requestsOf(1.07), {
  row: {
    ...{
      parent: second.row.run_id,
      reason: 'better',
      pairs: 6,
      delta_pct: 2.6,
      ci_lo_pct: 1.1,
      ci_hi_pct: 4,
    },
    harness: '0.2.0+bbbb5030f69a',
  },
  record: { snapshot: snapshotOf({ threads: '2', cudnn: '9.2.0', governor: 'powersave' }) },
});
const fourth = sampleRun(12, [flash, batch, threads, base], requestsOf(1.06), {
  row: {
    parent: third.row.run_id,
    status: 'discard',
    reason: 'equivalent',
    pairs: 5,
    delta_pct: -0.4,
    ci_lo_pct: -1.2,
    ci_hi_pct: 0.6,
  },
});
const elsewhere = sampleRun(14, [{ ...base, text: yaml(['-t', '1'], 50) }], requestsOf(1.3), {
  row: {
    reason: 'repeat',
    status: null,
    workload: 'bbbbbbbbbbbb',
    fingerprint: 'cccccccccccc',
    model: 'smollm2-360m@0123456789ab',
  },
  facts: {
    ...facts,
    kernel: '6.5.0',
    gpus: [{ ...facts.gpus[0], policy: { powerLimitW: 500, persistence: 'Enabled' } }],
  },
});
const runs = [first, second, third, fourth, elsewhere];

async function compared(a: string, b: string, root = archive()): Promise<DiffResult> {
  const silent = { write: () => true };
  return diffRuns(a, b, null, { cwd: root, env: gitEnv, stdout: silent, stderr: silent });
}

function archive(): string {
  const root = tempDir('bench-diff-');
  writeArchive(root, runs);
  return root;
}

function folders(): string {
  const root = tempDir('bench-diff-');
  writeRecords(root, [first, sampleRun(5, [threads, base], requestsOf(1.04)), fourth], 'results-old');
  writeRecords(
    root,
    [sampleRun(15, [base], requestsOf(1.01)), sampleRun(14, [base], requestsOf(1.2)), third],
    'results-new',
  );
  writeRecords(
    root,
    [sampleRun(16, [threads, base], requestsOf(1.05), { row: { workload: 'bbbbbbbbbbbb' } })],
    'results-new',
  );
  writeFileSync(join(root, 'results-new/20261122T071500Z-ffffffff.json'), '{"schemaVersion":1}');
  return root;
}

const screens: [string, () => Promise<DiffResult>][] = [
  ['paired', () => compared('iter-4', 'iter-7')],
  ['turned', () => compared('iter-7', 'iter-4')],
  ['path', () => compared('iter-4', 'iter-12')],
  ['unpaired', () => compared('iter-7', 'iter-9')],
  ['incomparable', () => compared('iter-4', 'iter-14')],
  ['folders', () => compared('results-old/', 'results-new', folders())],
];

describe('the screens of bench diff', () => {
  test.each(screens)('%s, as it was', async (name, result) => {
    const found = await result();
    expectGolden(`diff-${name}-80.stdout`, diffText(found, usual));
    expectGolden(`diff-${name}-all-120.stdout`, diffText(found, broad));
    expectGolden(`diff-${name}-markdown.stdout`, diffMarkdown(found));
  });

  test.each(screens)('%s is no wider than the terminal', async (_, result) => {
    const found = await result();
    for (const options of [narrow, usual, broad])
      for (const line of diffText(found, options).split('\n'))
        expect(textWidth(line), line).toBeLessThanOrEqual(options.columns);
  });

  test('colours change nothing but the colours', async () => {
    const found = await compared('iter-4', 'iter-7');
    const painted = diffText(found, { ...usual, color: true });
    expect(painted).toContain('\u001b[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal reads
    expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(diffText(found, usual));
  });

  test('the JSON, as it was', async () => {
    expectGolden('diff-paired-json.stdout', diffJson(await compared('iter-4', 'iter-7')));
    expectGolden(
      'diff-folders-json.stdout',
      diffJson(await compared('results-old', 'results-new', folders())),
    );
  });
});

describe('what people wrote', () => {
  test('no text of a row is markup or an escape sequence', async () => {
    const wild = '<b>x</b> | `y` \u001b[31mred\u001b[0m @someone\n# heading';
    const root = tempDir('bench-diff-');
    writeArchive(root, [
      first,
      sampleRun(6, [threads, base], requestsOf(1.02), { row: { description: wild, reason: 'marked:a|b' } }),
    ]);
    mkdirSync(join(root, 'x'), { recursive: true });
    const found = await compared('iter-4', 'iter-6', root);
    expect(diffText(found, usual)).not.toContain('\u001b');
    const markdown = diffMarkdown(found);
    expect(markdown).not.toContain('@');
    expect(markdown).not.toMatch(/<b>|\n# heading|a\|b/);
  });
});
