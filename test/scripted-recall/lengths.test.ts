import { afterEach, expect, test } from 'vitest';
import { perfectRecall } from '../scripted-engine/recall.ts';
import { plain } from '../scripted-engine/script.ts';
import { type ScriptedEngine, startScriptedEngine } from '../scripted-engine/server.ts';
import type { RequestEntry, ScriptedEngineOptions } from '../scripted-engine/state.ts';
import { countTokens } from '../scripted-engine/tokens.ts';
import { babilongPrompt, noise } from './prompts.ts';

let engine: ScriptedEngine | undefined;
let entries: RequestEntry[] = [];
afterEach(async () => {
  await engine?.close();
  entries = [];
});

async function start(options: ScriptedEngineOptions = {}): Promise<ScriptedEngine> {
  engine = await startScriptedEngine({
    recall: perfectRecall,
    scripts: [{ ...plain, ttftMs: 2, itlMs: 0 }],
    onRequest: (entry) => entries.push(entry),
    ...options,
  });
  return engine;
}

async function post(path: string, body: object) {
  const init = { method: 'POST', body: JSON.stringify(body), headers: { 'x-request-id': 'r' } };
  const response = await fetch(`${engine?.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), text };
}

async function ask(prompt: string, more: object = {}) {
  const body = { model: 'm', messages: [{ role: 'user', content: prompt }], ...more };
  const { status, text } = await post('/v1/chat/completions', body);
  return { status, body: text.startsWith('{') ? JSON.parse(text) : text };
}

/** A chat of one user message has its tokens and four of the template. */
const template = 4;
const early = babilongPrompt(`John went to the garden. ${noise(50)}`, 'Where is John? ');
const late = babilongPrompt(`${noise(50)} John went to the garden.`, 'Where is John? ');
const right = 'The most recent location of John is garden.';

test('answers a word at a time until it has said all, and counts what was sent and said', async () => {
  await start();
  const { body } = await ask(late, { max_tokens: 20 });
  expect(body.choices[0]).toMatchObject({ message: { content: right }, finish_reason: 'stop' });
  expect(body.usage).toMatchObject({ prompt_tokens: countTokens(late) + template, completion_tokens: 8 });
  const streamed = await ask(late, { max_tokens: 20, stream: true });
  expect(streamed.body.match(/"content":"[^"]*"/g)).toHaveLength(8);
  expect(streamed.body).toContain('"finish_reason":"stop"');
});

test('is cut by max_tokens, and goes on past its end when told to ignore it', async () => {
  await start();
  const cut = await ask(late, { max_tokens: 3 });
  expect(cut.body.choices[0]).toMatchObject({
    message: { content: 'The most recent' },
    finish_reason: 'length',
  });
  const forced = await ask(late, { max_tokens: 12, ignore_eos: true });
  expect(forced.body.choices[0].message.content).toMatch(/is garden\.river/);
  expect(forced.body).toMatchObject({
    usage: { completion_tokens: 12 },
    choices: [{ finish_reason: 'length' }],
  });
});

test('reasoning has its own member', async () => {
  await start({ recall: { ...perfectRecall, format: 'reasoning' } });
  const { body } = await ask(late, { max_tokens: 40 });
  const reasoning_content = 'The facts have to be read in their order.';
  expect(body.choices[0].message).toMatchObject({ content: right, reasoning_content });
  expect((await ask(late, { max_tokens: 40, stream: true })).body).toContain('"reasoning_content":"The"');
});

test('takes fields that it does not know, and tells what was asked', async () => {
  await start();
  const more = {
    cache_salt: 'x',
    chat_template_kwargs: { enable_thinking: false },
    top_k: 1,
    min_p: 0,
    seed: 0,
  };
  expect((await ask(late, { ...more, repetition_penalty: 1, reasoning_effort: 'low' })).status).toBe(200);
  await ask('Name three rivers.');
  expect(entries).toMatchObject([
    { id: 'r', body: more, fate: 'answered', recalled: { task: 'qa1', truth: 'garden', said: 'garden' } },
    { fate: 'answered', recalled: null },
  ]);
});

test('a tag in the prompt wins', async () => {
  await start();
  expect((await ask(`[[case:C9-429]] ${late}`)).status).toBe(429);
});

test('the end is kept when a prompt is cut on the left, both ends when in the middle', async () => {
  const limit = { tokens: 200, refusal: 'cut-left' } as const;
  await start({ limit });
  for (const [prompt, answer] of [
    [late, right],
    [early, 'The most recent location of John is bathroom.'],
  ] as const) {
    const { body } = await ask(prompt);
    expect(body.choices[0].message.content).toBe(answer);
    expect(body.usage.prompt_tokens).toBe(200);
  }
  expect(entries[0]).toMatchObject({ promptTokens: countTokens(late) + template, seenTokens: 200 });
  await engine?.close();
  await start({ limit: { tokens: 500, refusal: 'cut-middle' } });
  expect((await ask(early)).body.choices[0].message.content).toBe(right);
  expect((await ask(early)).body.usage.prompt_tokens).toBe(500);
});

const length = countTokens(late) + template;

test.each([
  [
    'vllm',
    0,
    length,
    length - 1,
    /^This model's maximum context length is \d+ tokens\. .* at least \d+ input tokens/,
  ],
  [
    'vllm',
    20,
    length + 20,
    length + 19,
    /you requested 20 output tokens and your prompt contains \d+ input tokens/,
  ],
  [
    'llamacpp',
    20,
    length + 1,
    length,
    /^request \(\d+ tokens\) exceeds the available context size \(\d+ tokens\)/,
  ],
  ['sglang', 0, length + 1, length, /^The input \(\d+ tokens\) is longer than the model's context length/],
  [
    'sglang',
    20,
    length + 20,
    length + 19,
    /^Requested token count exceeds the model's maximum context length/,
  ],
] as const)(
  '%s takes and refuses what it would with max_tokens %i',
  async (refusal, maxTokens, fits, refuses, words) => {
    const more = maxTokens === 0 ? {} : { max_tokens: maxTokens };
    await start({ limit: { tokens: fits, refusal } });
    expect((await ask(late, more)).status).toBe(200);
    await engine?.close();
    await start({ limit: { tokens: refuses, refusal } });
    const { status, body } = await ask(late, more);
    expect(status).toBe(400);
    expect((body.error ?? body).message).toMatch(words);
    expect(entries.map(({ fate }) => fate)).toEqual(['answered', 'refused']);
  },
);

test('SGLang can refuse in the stream of a 200', async () => {
  await start({ limit: { tokens: 10, refusal: 'sglang-stream' } });
  const { status, body } = await ask(late, { stream: true });
  expect(status).toBe(200);
  expect(body).toMatch(/^data: \{"error":\{"object":"error","message":"The input \(/);
});

test('a prompt beyond what it bears breaks it, one of that length does not', async () => {
  const broken: string[] = [];
  const onBreak = (how: string) => {
    broken.push(how);
    void engine?.close();
  };
  await start({ breaking: { beyondTokens: length, how: 'oom' }, onBreak });
  expect((await ask(late)).status).toBe(200);
  await expect(ask(`${late} more`)).rejects.toThrow();
  expect(broken).toEqual(['oom']);
  expect(entries.map(({ fate }) => fate)).toEqual(['answered', 'oom']);
});

test('a hang stays silent', async () => {
  await start({ breaking: { beyondTokens: 10, how: 'hang' } });
  const signal = AbortSignal.timeout(100);
  const body = JSON.stringify({ messages: [{ role: 'user', content: late }] });
  const asked = fetch(`${engine?.url}/v1/chat/completions`, { method: 'POST', body, signal });
  await expect(asked).rejects.toThrow(/timeout/);
});

test.each([
  [false, length],
  [true, length + 1],
])('a second BOS (%s) is in the usage and not in what /tokenize says', async (doubleBos, counted) => {
  await start({ doubleBos });
  const messages = [{ role: 'user', content: late }];
  expect((await ask(late)).body.usage.prompt_tokens).toBe(counted);
  const asVllm = JSON.parse((await post('/tokenize', { model: 'm', messages })).text);
  expect([asVllm.count, asVllm.tokens.length]).toEqual([length, length]);
  const { prompt } = JSON.parse((await post('/apply-template', { messages })).text);
  const asLlama = JSON.parse((await post('/tokenize', { content: prompt })).text);
  expect(asLlama.tokens).toEqual(asVllm.tokens);
});

test('a text is counted as llama.cpp and vLLM do: without and with BOS', async () => {
  await start({ limit: { tokens: 900, refusal: 'vllm' } });
  const ids = async (path: string, body: object) =>
    JSON.parse((await post(path, body)).text).tokens as number[];
  const [bare, withBos] = [
    await ids('/tokenize', { content: 'a b' }),
    await ids('/tokenize', { prompt: 'a b' }),
  ];
  expect(withBos).toEqual([1, ...bare]);
  expect(await ids('/tokenize', { content: 'a b', add_special: true })).toEqual(withBos);
  expect(await ids('/v1/tokenize', { prompt: 'a b', add_special_tokens: false })).toEqual(bare);
  expect((await post('/tokenize', {})).status).toBe(400);
  const models = await (await fetch(`${engine?.url}/v1/models`)).json();
  expect(models).toMatchObject({ data: [{ max_model_len: 900 }] });
});

test('the first token is due later for each token of the prompt, the others keep their distance', async () => {
  const started = await start({ prefillUsPerToken: 10, scripts: [{ ...plain, ttftMs: 1, itlMs: 2 }] });
  await ask(late, { stream: true });
  const due = started.records.get('r')?.frames.map(([, , deadlineMs]) => deadlineMs) ?? [];
  expect(due[0]).toBeCloseTo(1 + length / 100, 9);
  expect((due[1] ?? 0) - (due[0] ?? 0)).toBeCloseTo(2, 9);
});

test('half a megabyte is read to its end', async () => {
  await start({ recall: { ...perfectRecall, windowTokens: 100_000 } });
  const long = babilongPrompt(
    `Mary got the milk. John went to the garden. ${noise(11_600)}`,
    'Where is John? ',
  );
  const { body } = await ask(long);
  expect(body.usage.prompt_tokens).toBeGreaterThan(125_000);
  expect(body.choices[0].message.content).toMatch(/bathroom/);
});
