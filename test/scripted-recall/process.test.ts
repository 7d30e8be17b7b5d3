import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { custom } from '../../src/engines/custom.ts';
import { vllm } from '../../src/engines/vllm.ts';
import { installedBench, scriptedEngine } from '../e2e/installed.ts';
import { babilongPrompt, noise } from './prompts.ts';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** The engine as bench starts it: its address, null when it ended before it listened, and how it ended. */
async function start(...args: string[]) {
  const program = scriptedEngine(await installedBench());
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((done) =>
    child.on('close', (code, signal) => done({ code, signal, stderr })),
  );
  const listening = new Promise<string | null>((done) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => done(/http\S+/.exec(text)?.[0] ?? null));
    child.on('close', () => done(null));
  });
  return { url: await listening, ended, stop: () => child.kill('SIGTERM') };
}

const prompt = babilongPrompt(`John went to the garden. ${noise(50)}`, 'Where is John? ');

async function ask(url: string | null): Promise<string> {
  const body = JSON.stringify({ messages: [{ role: 'user', content: prompt }], max_tokens: 20 });
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
  const { choices } = (await response.json()) as { choices?: { message: { content: string } }[] };
  return choices?.[0]?.message.content ?? String(response.status);
}

test.each([
  [['--recall'], 'The most recent location of John is garden.'],
  [['--recall-window', '100'], 'The most recent location of John is bathroom.'],
  [['--recall-forget', '1'], 'The most recent location of John is bathroom.'],
  [['--recall-forget', '1', '--recall-forget-beyond', '5000'], 'The most recent location of John is garden.'],
  [
    ['--recall-always', 'kitchen', '--recall-format', 'context'],
    '<context> The most recent location of John is kitchen.',
  ],
  [['--recall', '--max-model-len', '100'], '400'],
  [
    ['--recall', '--max-model-len', '300', '--refusal', 'cut-left'],
    'The most recent location of John is bathroom.',
  ],
])('%j', async (flags, answer) => {
  const log = join(mkdtempSync(join(tmpdir(), 'bench-recall-')), 'requests.jsonl');
  const engine = await start(...flags, '--time-scale', '0', '--request-log', log);
  expect(await ask(engine.url)).toBe(answer);
  const fate = answer === '400' ? 'refused' : 'answered';
  expect(JSON.parse(readFileSync(log, 'utf8'))).toMatchObject({ body: { max_tokens: 20 }, fate });
  engine.stop();
  await engine.ended;
});

test.each([
  ['oom', { code: 7, signal: null }],
  ['segfault', { code: null, signal: 'SIGSEGV' }],
  ['exit', { code: 7, signal: null }],
])('dies of a long prompt by %s', async (how, exit) => {
  const engine = await start('--breaks-beyond', `100:${how}`, '--exit-code', '7');
  await expect(ask(engine.url)).rejects.toThrow();
  const ended = await engine.ended;
  expect(ended).toMatchObject(exit);
  const causes = [vllm, custom].map(({ causes }) => causes.find(({ pattern }) => pattern.test(ended.stderr)));
  expect(causes.map((cause) => cause?.reason.startsWith('oom') === true)).toEqual([
    how === 'oom',
    how === 'oom',
  ]);
});

test('does not boot with a longer context than its memory holds, and does with one that fits', async () => {
  const died = await start('--kv-tokens', '2000', '--max-model-len', '2001');
  expect(died.url).toBeNull();
  expect((await died.ended).stderr).toContain('the estimated maximum model length is 2000.');
  const boots = await start('--kv-tokens', '2000', '--max-model-len', '2000');
  expect(boots.url).not.toBeNull();
  boots.stop();
  await boots.ended;
});

test('a word that is no way to refuse is named with those that are', async () => {
  const died = await start('--max-model-len', '10', '--refusal', 'politely');
  expect((await died.ended).stderr).toContain('--refusal politely: there are vllm, llamacpp,');
});
