import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/ledger/record.ts';
import type { CliffResult, Rung } from '../../src/search/ladder.ts';
import { openRecallData } from '../../src/workload/babilong/load.ts';
import { contextName } from '../../src/workload/babilong/task.ts';
import { countTokens } from '../scripted-engine/tokens.ts';
import { processesOf } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

const quick = JSON.stringify({ ttftMs: 1, itlMs: 1 });

/** A repository whose engine recalls, with a length by these flags. */
async function limited(
  flags: readonly string[],
  options: { readonly more?: string; readonly engine?: string } = {},
): Promise<Workbench> {
  const made = await workbench();
  const args = ['--recall', '--request-log', join(made.home, 'asked.jsonl'), ...flags];
  const yaml = experiment(made.installed, { args, more: `stop_grace: 1s\n${options.more ?? ''}` });
  made.write({
    'configs/scripted.yaml': yaml.replace('engine: custom', `engine: ${options.engine ?? 'custom'}`),
    'pace.json': quick,
  });
  return made;
}

const cliff = (made: Workbench, ...flags: string[]) => made.bench('cliff', 'configs/scripted.yaml', ...flags);
const recorded = (made: Workbench): CliffResult =>
  (made.record() as unknown as RunRecord).cliff as CliffResult;

/** Tokens of each probe's prompt as the engine counts them, 1k first. */
const promptTokens: Promise<number[]> = (async () => {
  const data = await openRecallData({ kind: 'moby-dick' });
  const tokens: number[] = [];
  for (let length = 1; length <= 8; length += 1) {
    const wanted = { task: 'qa1', nominalTokens: length * 1000, from: 0, count: 1, seed: 0 } as const;
    for await (const { prompt } of data.items(wanted)) tokens.push(countTokens(prompt) + 4);
  }
  return tokens;
})();

/** The longest context that a rule lets through. */
async function truth(fits: (tokens: number) => boolean): Promise<string> {
  return contextName((await promptTokens).filter(fits).length * 1000);
}

const rungsOf = ({ ladder }: CliffResult, is: (rung: Rung) => boolean): Rung[] => ladder.filter(is);

describe.concurrent('bench cliff', () => {
  it.each([
    ['vllm', 'too-long', (tokens: number) => tokens + 20 <= 4000, /HTTP 400.*maximum context length/],
    ['llamacpp', 'too-long', (tokens: number) => tokens < 4000, /HTTP 400.*context size/],
    ['sglang', 'too-long', (tokens: number) => tokens + 20 < 4000, /HTTP 400.*context length/],
    ['sglang-stream', 'too-long', (tokens: number) => tokens + 20 < 4000, /context length/],
    ['cut-left', 'cut', (tokens: number) => tokens <= 4000, /reading 4000 of \d+ tokens/],
    ['cut-middle', 'cut', (tokens: number) => tokens <= 4000, /reading 4000 of \d+ tokens/],
  ] as const)(
    'finds where an engine that answers as %s ends, in one launch: %s',
    async (refusal, result, fits, words) => {
      const made = await limited(['--max-model-len', '4000', '--refusal', refusal]);
      const ended = await cliff(made, '--max', '8k', '--json');
      expect(ended).toMatchObject({ code: 0 });
      const largest = await truth(fits);
      expect(recorded(made)).toMatchObject({ largest, by: 'requests', resolution: '1k' });
      expect((JSON.parse(ended.stdout) as { cliff: CliffResult }).cliff).toEqual(recorded(made));
      const failed = rungsOf(recorded(made), (rung) => rung.result !== 'works');
      expect(new Set(failed.map((rung) => rung.result))).toEqual(new Set([result]));
      for (const { detail } of failed) expect(detail).toMatch(words);
      for (const rung of rungsOf(recorded(made), ({ result: how }) => how === 'works'))
        expect(rung).toMatchObject({ launch: 1, detail: null, correct: true, ttftMs: expect.any(Number) });
      expect(made.row()).toMatchObject({
        ...{ status: null, reason: 'unjudged', recall: null, metric: null, value: null, launches: 1 },
        findings: expect.arrayContaining([`cliff:${largest}:${result}`]),
      });
    },
  );

  it.each([
    ['oom', 'oom', /^oom-run: .*out of memory/i],
    ['segfault', 'died', /SIGSEGV/],
    ['exit', 'died', /exited with code/],
  ] as const)('starts an engine anew that a prompt ends: %s', async (how, result, words) => {
    const made = await limited(['--breaks-beyond', `3000:${how}`]);
    const ended = await cliff(made, '--max', '4k');
    expect(ended).toMatchObject({ code: 0 });
    const largest = await truth((tokens) => tokens <= 3000);
    const found = recorded(made);
    expect(found).toMatchObject({ largest });
    const failed = rungsOf(found, (rung) => rung.result !== 'works');
    expect(new Set(failed.map((rung) => rung.result))).toEqual(new Set([result]));
    for (const { detail } of failed) expect(detail).toMatch(words);
    // Each failure was tried twice, each time by a launch of its own.
    expect(failed.map(({ context }) => context).filter((one) => one === found.firstFailed)).toHaveLength(2);
    expect(new Set(failed.map(({ launch }) => launch)).size).toBe(failed.length);
    expect(made.row()).toMatchObject({
      ...{ status: null, reason: 'unjudged', launches: found.ladder.at(-1)?.launch },
      findings: expect.arrayContaining([`cliff:${largest}:${result}`]),
    });
    expect(ended.stdout).toContain(`${largest} is the longest that works`);
    expect(processesOf(made.root)).toEqual([]);
  });

  it('sees a cut of a few tokens', async () => {
    const limit = ((await promptTokens)[2] ?? 0) - 10;
    const made = await limited(['--max-model-len', String(limit), '--refusal', 'cut-middle']);
    expect(await cliff(made, '--smoke', '3k')).toMatchObject({ code: 0 });
    expect(recorded(made).ladder).toMatchObject([
      { result: 'cut', detail: `answered after reading ${limit} of ${limit + 10} tokens` },
    ]);
  });

  it('waits no longer than the file says for one that hangs', async () => {
    const made = await limited(['--breaks-beyond', '1500:hang'], { more: 'request_timeout: 2s\n' });
    expect(await cliff(made, '--max', '2k')).toMatchObject({ code: 0 });
    expect(recorded(made)).toMatchObject({ largest: '1k', firstFailed: '2k' });
    expect(recorded(made).ladder.slice(1)).toMatchObject([
      { context: '2k', result: 'timeout', launch: 1 },
      { context: '2k', result: 'timeout', launch: 2 },
    ]);
  });

  it('says that the cliff lies beyond, and that even the shortest fails', async () => {
    const made = await limited([]);
    expect(await cliff(made, '--max', '3k', '--no-commit')).toMatchObject({ code: 0 });
    expect(recorded(made).ladder.map(({ context }) => context)).toEqual(['1k', '2k', '3k']);
    expect(made.row().findings).toContain('cliff-over:3k');
    const none = await limited(['--max-model-len', '600']);
    expect(await cliff(none)).toMatchObject({ code: 0 });
    expect(none.row().findings).toContain('cliff-none:too-long');
    expect(recorded(none)).toMatchObject({ largest: null, firstFailed: '1k', max: '128k' });
  });

  it('checks one length', async () => {
    const made = await limited(['--max-model-len', '4000']);
    const works = await cliff(made, '--smoke', '2k');
    expect(works).toMatchObject({ code: 0 });
    expect(made.row().findings).toContain('smoke:2k:works');
    expect(await cliff(made, '--smoke', '50k')).toMatchObject({ code: 0 });
    expect(made.row().findings).toContain('smoke:50k:too-long');
    expect(recorded(made).ladder).toHaveLength(1);
    expect(await made.bench('ledger', 'verify')).toMatchObject({ code: 0 });
    const shown = await made.bench('show', 'iter-1');
    expect(shown.stdout).toContain('50k fails: too-long (HTTP 400');
  });

  it('by launches gives each length the context that it needs', async () => {
    const made = await limited(['--max-model-len', '2048', '--kv-tokens', '5000'], { engine: 'vllm' });
    const ended = await cliff(made, '--by', 'launches', '--max', '8k');
    expect(ended).toMatchObject({ code: 0 });
    const { ladder, largest, firstFailed } = recorded(made);
    for (const { servedTokens, result } of ladder)
      expect(result).toBe((servedTokens ?? 0) <= 5000 ? 'works' : 'oom');
    expect(ladder.map(({ launch }) => launch)).toEqual(ladder.map((_, index) => index + 1));
    expect(Number.parseInt(firstFailed ?? '', 10) - Number.parseInt(largest ?? '', 10)).toBe(1);
    expect(made.row().findings).toContain(`cliff:${largest}:oom`);
    const starts = (made.record() as unknown as RunRecord).launches;
    expect(starts).toHaveLength(ladder.length);
  });

  it('that never comes up is a crash', async () => {
    const made = await limited(['--die-at-boot', 'torch.OutOfMemoryError: CUDA out of memory']);
    expect(await cliff(made, '--max', '4k')).toMatchObject({ code: 4 });
    expect(made.row()).toMatchObject({ status: 'crash', reason: expect.stringMatching(/^oom-load/) });
    const launched = await limited(['--max-model-len', '10', '--kv-tokens', '5'], { engine: 'vllm' });
    expect(await cliff(launched, '--max', '2k', '--by', 'launches')).toMatchObject({ code: 4 });
    expect(launched.row()).toMatchObject({ status: 'crash' });
    expect(recorded(launched).ladder.map(({ result }) => result)).toEqual(['oom', 'oom', 'oom']);
  });

  it('keeps the ladder so far when it is told to stop', async () => {
    const made = await limited(['--breaks-beyond', '1500:hang'], { more: 'request_timeout: 10m\n' });
    const run = made.start({}, 'cliff', 'configs/scripted.yaml', '--max', '4k');
    await run.says('1k: works');
    process.kill(-run.pid, 'SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(made.row()).toMatchObject({ status: 'discard', reason: 'interrupted' });
    expect(recorded(made).ladder).toMatchObject([{ context: '1k', result: 'works' }]);
  });

  it.each([
    ['an unknown task', ['--task', 'qa9'], /recall\.task.*qa9/s],
    ['nothing', ['--max', '0'], /--max: '0' is no context length/],
    ['no noise', ['--max', '0k'], /shortest context/],
    ['a length in between', ['--resolution', '500'], /--resolution: '500' is no context length/],
    ['both', ['--max', '8k', '--smoke', '4k'], /--smoke is a single check/],
    ['a haystack that is not there', ['--haystack', 'books'], /a folder of \.txt books/],
    ['launches of an engine without a flag', ['--by', 'launches'], /no flag of engine custom/],
  ])('is refused before anything starts: %s', async (_, flags, message) => {
    const made = await limited([]);
    const ended = await cliff(made, ...flags);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(made.rows()).toEqual([]);
    expect(made.bundles()).toEqual([]);
  });
});
