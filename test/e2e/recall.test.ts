import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/ledger/record.ts';
import type { RecallAnswer, RecallSummary } from '../../src/stats/recall.ts';
import { processesOf } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

/** Slow enough for a client on a busy machine to be in time. */
const calmly = JSON.stringify({ ttftMs: 10, itlMs: 60 });

/** A repository whose engine recalls by these flags, and writes down what it was asked. */
async function remembering(flags: readonly string[], more = ''): Promise<Workbench> {
  const made = await workbench();
  const args = [
    '--recall',
    '--recall-itl-ms',
    '5',
    '--request-log',
    join(made.home, 'asked.jsonl'),
    ...flags,
  ];
  made.write({ 'configs/scripted.yaml': experiment(made.installed, { args, more }), 'pace.json': calmly });
  return made;
}

interface Asked {
  readonly id: string;
  readonly body: { readonly [field: string]: unknown };
  readonly fate: string;
  readonly recalled: { readonly truth: string; readonly said: string } | null;
}

/** The items it was asked, as the engine wrote them down. */
function askedOf(made: Workbench): Asked[] {
  const lines = readFileSync(join(made.home, 'asked.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Asked).filter(({ id }) => /-recall-\d+$/.test(id));
}

/** Of a file of the newest bundle's first launch. */
function linesOf(made: Workbench, name: string): string[] {
  return readFileSync(join(made.bundle(), 'launches/1', name), 'utf8')
    .trimEnd()
    .split('\n');
}

function itemsOf(made: Workbench): RecallAnswer[] {
  return linesOf(made, 'recall.jsonl').map((line) => JSON.parse(line) as RecallAnswer);
}

const recallOf = (made: Workbench) => (made.record() as unknown as RunRecord).recall;
const recall = (made: Workbench, ...flags: string[]) =>
  made.bench('recall', 'configs/scripted.yaml', ...flags);

describe('bench recall', () => {
  it('asks each item as BABILong does, and stores what came of it', async () => {
    const made = await remembering([]);
    const ended = await recall(made, '--contexts', '0k,1k', '-n', '6', '--json');
    expect(ended).toMatchObject({ code: 0 });
    const { recall: told, row } = JSON.parse(ended.stdout) as { recall: RecallSummary; row: object };
    expect(told.cells).toMatchObject([
      { context: '0k', n: 6, correct: 6, accuracy: 1, failed: 0, cut: 0, noLabel: 0 },
      { context: '1k', n: 6, correct: 6, accuracy: 1 },
    ]);
    expect(row).toMatchObject({
      status: null,
      reason: 'unjudged',
      recall: 'qa1@0k=1;qa1@1k=1',
      metric: null,
      value: null,
      n: 12,
      errors: 0,
    });
    const asked = askedOf(made).filter(({ recalled }) => recalled !== null);
    expect(asked).toHaveLength(12);
    expect(asked[0]?.body).toMatchObject({ temperature: 0, top_p: 1, seed: 0, max_tokens: 20, stream: true });
    expect(asked[0]?.body).not.toHaveProperty('ignore_eos');
    const items = itemsOf(made);
    expect(items.map(({ target }) => target)).toEqual(asked.map((one) => one.recalled?.truth));
    expect(items.every((item) => item.promptTokens === item.expectedTokens)).toBe(true);
    expect(recallOf(made)?.items).toHaveLength(12);
    expect(recallOf(made)?.items[0]).toMatchObject({
      verdict: 'correct',
      format: 'one-label',
      context: '0k',
    });
    expect(made.git('status', '--porcelain')).toBe('');
    expect(processesOf(made.root)).toEqual([]);
    const shown = await made.bench('show', 'iter-0');
    expect(shown.stdout).toContain('BABILong-style');
  });

  it('counts what was forgotten, item by item', async () => {
    const made = await remembering(['--recall-window', '400']);
    expect(await recall(made, '--contexts', '1k', '-n', '20')).toMatchObject({ code: 0 });
    const asked = askedOf(made).filter(({ recalled }) => recalled !== null);
    const truth = asked.map((one) => one.recalled?.truth === one.recalled?.said);
    expect(truth).toContain(false);
    expect(truth).toContain(true);
    expect(itemsOf(made).map(({ isCorrect }) => isCorrect)).toEqual(truth);
    const right = truth.filter((one) => one).length;
    expect(recallOf(made)?.cells[0]).toMatchObject({ n: 20, correct: right });
    // One context: its times are a metric of their own.
    expect(made.row()).toMatchObject({ recall: `qa1@1k=${right / 20}`, metric: 'decode_tok_s' });
  });

  it('leaves cut prompts out, and says so', async () => {
    const made = await remembering(['--max-model-len', '600', '--refusal', 'cut-left']);
    const ended = await recall(made, '--contexts', '0k,1k', '-n', '4');
    expect(ended).toMatchObject({ code: 0 });
    expect(made.row()).toMatchObject({
      recall: 'qa1@0k=1',
      findings: expect.arrayContaining(['prompt-cut']),
    });
    expect(recallOf(made)?.cells[1]).toMatchObject({ context: '1k', asked: 4, n: 0, cut: 4, accuracy: null });
    expect(recallOf(made)?.items.filter(({ verdict }) => verdict === 'cut')).toHaveLength(4);
  });

  it('sees a silent cut of an engine whose tokenizer cannot be asked', async () => {
    const made = await remembering(['--max-model-len', '600', '--refusal', 'cut-left']);
    const yaml = made.read('configs/scripted.yaml').replace('engine: custom', 'engine: sglang');
    made.write({ 'configs/scripted.yaml': yaml });
    expect(await recall(made, '--contexts', '1k', '-n', '6')).toMatchObject({ code: 0 });
    expect(made.row()).toMatchObject({ recall: null, findings: expect.arrayContaining(['prompt-cut']) });
    expect(recallOf(made)?.cells[0]).toMatchObject({ context: '1k', asked: 6, n: 0, cut: 6 });
  });

  it('stops asking a context that fails thrice, and goes on with the next', async () => {
    const made = await remembering(['--max-model-len', '600', '--refusal', 'llamacpp']);
    const ended = await recall(made, '--contexts', '0k,1k,2k', '-n', '8');
    expect(made.row()).toMatchObject({ recall: 'qa1@0k=1', errors: 6 });
    expect(recallOf(made)?.cells.slice(1)).toMatchObject([
      { context: '1k', asked: 3, failed: 3, n: 0 },
      { context: '2k', asked: 3, failed: 3, n: 0 },
    ]);
    expect(ended.stdout).toContain('failed');
  });

  it.each([
    ['a second BOS', ['--double-bos'], 'prompt-tokens-differ'],
    ['no label', ['--recall-format', 'context'], 'recall-format'],
    ['always the same room', ['--recall-always', 'kitchen'], 'recall-floor'],
  ])('%s is a finding', async (_, flags, code) => {
    const made = await remembering(flags);
    expect(await recall(made, '--contexts', '0k', '-n', '12')).toMatchObject({ code: 0 });
    expect(made.row().findings).toContain(code);
  });

  it('asks a model that cannot stop thinking with room for it, and says that this is not official', async () => {
    const made = await remembering(['--recall-format', 'reasoning']);
    expect(await recall(made, '--contexts', '0k', '-n', '4', '--thinking', 'low')).toMatchObject({ code: 0 });
    const asked = askedOf(made).find(({ recalled }) => recalled !== null);
    expect(asked?.body).toMatchObject({ max_tokens: 2048 });
    expect(made.row()).toMatchObject({
      recall: 'qa1@0k=1',
      findings: expect.arrayContaining(['recall-not-official']),
    });
  });

  it('reads BABILong files as they are', async () => {
    const made = await remembering([]);
    const item = {
      input: 'Mary went to the garden. It was a long day.',
      question: 'Where is Mary? ',
      target: 'garden',
    };
    made.write({ 'data/qa1/0k.json': JSON.stringify([item, item]) });
    const flags = ['--contexts', '0k', '--babilong', 'data'];
    expect(await recall(made, ...flags, '-n', '2', '--allow-dirty')).toMatchObject({ code: 0 });
    expect(made.row().recall).toBe('qa1@0k=1');
    const few = await recall(made, ...flags, '-n', '3', '--allow-dirty');
    expect(few).toMatchObject({ code: 2 });
    expect(few.stderr).toContain('has 2 items, 3 are needed');
  });

  it.each([
    ['no contexts', [], /does not say at which contexts/],
    ['an unknown task', ['--task', 'qa9', '--contexts', '4k'], /recall\.task.*qa9.*qa1, qa2, qa3, qa4, qa5/s],
    ['a length in between', ['--contexts', '4500'], /recall\.contexts.*4500.*whole thousands/s],
    ['a haystack that is not there', ['--contexts', '1k', '--haystack', 'books'], /a folder of \.txt books/],
    ['both sources', ['--contexts', '1k', '--haystack', 'queries', '--babilong', 'queries'], /names both/],
    ['a haystack without a sentence', ['--contexts', '1k', '--haystack', 'short'], /no sentence/],
    [
      'a haystack with a dead link',
      ['--contexts', '1k', '--haystack', 'broken'],
      /broken\/a\.txt is not there/,
    ],
    [
      'a target that is no answer',
      ['--contexts', '0k', '-n', '1', '--babilong', 'other'],
      /target "basement", which is no answer of qa1/,
    ],
    ['no file of that length', ['--contexts', '1k', '--babilong', 'queries'], /qa1.*1k/s],
  ])('is refused before anything starts: %s', async (_, flags, message) => {
    const made = await remembering([]);
    made.write({
      'short/a.txt': 'Short. A b. C d.',
      'other/qa1/0k.json': '[{"input":"x","question":"q","target":"basement"}]',
    });
    mkdirSync(join(made.root, 'broken'));
    symlinkSync('nowhere', join(made.root, 'broken/a.txt'));
    const ended = await recall(made, ...flags);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(made.rows()).toEqual([]);
    expect(made.bundles()).toEqual([]);
  });
});

describe('recall in an experiment', () => {
  it('is asked after the queries, which stay what is timed', async () => {
    const made = await remembering([], 'recall: { contexts: [0k], n: 5 }\n');
    expect(await made.bench('run', 'configs/scripted.yaml')).toMatchObject({ code: 0 });
    expect(made.row()).toMatchObject({
      status: 'keep',
      reason: 'baseline',
      recall: 'qa1@0k=1',
      metric: 'decode_tok_s',
      n: 3,
    });
    expect(linesOf(made, 'requests.jsonl')).toHaveLength(3);
    expect(linesOf(made, 'recall-requests.jsonl')).toHaveLength(5);
  });

  it('beyond what the engine serves is refused before the launch', async () => {
    const made = await workbench();
    const yaml = experiment(made.installed, { args: ['--recall', '--max-model-len', '2048'] });
    made.write({
      'configs/scripted.yaml': `${yaml.replace('engine: custom', 'engine: vllm')}recall: { contexts: [1k, 4k], n: 5 }\n`,
    });
    const ended = await made.bench('run', 'configs/scripted.yaml');
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toMatch(/serves 2048 tokens \(--max-model-len says so\): 4k cannot fit/);
    expect(made.bundles()).toEqual([]);
  });
});

describe('the recall gate', () => {
  const calm =
    'judge: { foreign_load: 100%, pairs: 4 }\nguard: { ttft_ms: 100%, tpot_ms: 100%, e2e_ms: 100%, recall: RECALL }\n';
  const guarded = '{ contexts: [0k], margin: 10pt, n: 50 }';
  // On a busy machine a guard on times may stay open.
  const decided = /^(better|inconclusive:guard-(?!recall))/;

  /** A parent, and a child with one other flag. */
  async function family(
    child: readonly string[],
    options: { readonly parent?: readonly string[]; readonly recall?: string } = {},
  ): Promise<Workbench> {
    const made = await remembering(
      options.parent ?? ['--recall-forget', '0'],
      calm.replace('RECALL', options.recall ?? guarded),
    );
    const [flag, value] = child;
    made.write({
      'configs/child.yaml': `description: child\nparent: scripted.yaml\nset: { ${flag}: "${value}" }\n`,
      'faster.json': JSON.stringify({ ttftMs: 10, itlMs: 25 }),
    });
    mkdirSync(join(made.root, '.bench_runs'), { recursive: true });
    return made;
  }

  it('stops a child that forgets, however fast it is, after one batch', async () => {
    const made = await family(['--recall-forget', '0.5']);
    const ended = await made.bench('run', 'configs/child.yaml');
    expect(ended).toMatchObject({ code: 0 });
    expect(made.row()).toMatchObject({ status: 'discard', reason: 'guard:recall', pairs: 1 });
    expect(made.row().findings).not.toContain('own-rule');
    expect(ended.stdout).toMatch(/recall failed: \d+ items lost and 0 gained of 50/);
    expect((made.record() as unknown as RunRecord).comparison?.recall).toMatchObject({
      state: 'fail',
      reason: 'mcnemar-pooled',
      contexts: [{ context: '0k', n: 50, baselineRight: 50, gained: 0 }],
    });
  });

  it('lets a faster child pass that recalls as much', async () => {
    const made = await family(['--script', 'faster.json']);
    const ended = await made.bench('run', 'configs/child.yaml');
    expect(ended).toMatchObject({ code: 0 });
    expect(made.row()).toMatchObject({ reason: expect.stringMatching(decided), recall: 'qa1@0k=1' });
    expect(ended.stdout).toContain('recall passed (margin 10 points)');
    // Once decided it is not asked again.
    expect(askedOf(made).filter(({ recalled }) => recalled !== null)).toHaveLength(100);
  });

  it('never lets pass what it cannot measure, unless the file says so', async () => {
    const floor = ['--recall-always', 'kitchen'];
    const made = await family(['--script', 'faster.json'], { parent: floor });
    expect(await made.bench('run', 'configs/child.yaml')).toMatchObject({ code: 0 });
    expect(made.row()).toMatchObject({ status: 'discard', reason: 'guard:unmeasurable' });
    const allowed = await family(['--script', 'faster.json'], {
      parent: floor,
      recall: '{ contexts: [0k], margin: 10pt, n: 50, unmeasurable: allow }',
    });
    const ended = await allowed.bench('run', 'configs/child.yaml');
    expect(allowed.row().reason).toMatch(decided);
    expect(ended.stdout).toContain('recall is not measurable here');
  });

  it('is refused with a margin that equal answers could not show', async () => {
    const made = await family(['--script', 'faster.json'], {
      recall: '{ contexts: [0k], margin: 3pt, n: 50 }',
    });
    const ended = await made.bench('run', 'configs/child.yaml');
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toMatch(/margin of 3pt cannot be shown with n: 50 at 1 context/);
    expect(ended.stderr).toMatch(/n: \d+ would do/);
    const linted = await made.bench('config', 'lint', 'configs/child.yaml');
    expect(linted).toMatchObject({ code: 2 });
    expect(linted.stdout + linted.stderr).toMatch(/margin of 3pt cannot be shown/);
  });
});
