import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../src/config/load.ts';
import { checkAsked, notYet } from '../src/plan.ts';

let root: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'bench-plan-')));
  await mkdir(join(root, '.git'));
  await mkdir(join(root, 'queries'));
  const body = { messages: [{ role: 'user', content: 'Hi' }], verbosity: 'low' };
  const cell = `"${JSON.stringify(body).replaceAll('"', '""')}"`;
  await writeFile(join(root, 'queries/plain.csv'), 'id,prompt\na,Hi\n');
  await writeFile(join(root, 'queries/q.csv'), `id,body\n\na,${cell}\nb,${cell}\n`);
});
afterAll(() => rm(root, { recursive: true }));

async function load(text: string) {
  await writeFile(join(root, 'x.yaml'), `description: d\n${text}\n`);
  return loadExperiment(join(root, 'x.yaml'), { cwd: root, env: {} });
}

describe('what this version does not do yet', () => {
  it('is nothing for a plain experiment', async () => {
    expect(notYet((await load('engine: llamacpp\ncmd: llama-server')).experiment)).toEqual([]);
  });
});

it('a sampling value that the engine has under another name is refused', async () => {
  const text = (engine: string, field: string) =>
    `engine: ${engine}\ncmd: sh\nworkload: { queries: queries/plain.csv, sampling: { ${field}: 1.1 } }`;
  const said = async (engine: string, field: string) => checkAsked(await load(text(engine, field)), root);
  expect(await said('llamacpp', 'repetition_penalty')).toEqual([
    'workload.sampling: engine llamacpp has no `repetition_penalty`',
  ]);
  expect(await said('vllm', 'repeat_penalty')).toEqual([
    'workload.sampling: engine vllm has no `repeat_penalty`',
  ]);
  expect(await said('vllm', 'repetition_penalty')).toEqual([]);
  expect(await said('custom', 'repeat_penalty')).toEqual([]);
});

it('a field that the engine does not understand stands where the user finds it', async () => {
  const text = 'engine: custom\ncmd: sh\nworkload: { queries: queries/q.csv }';
  const said = (file: string) => [
    `${file}:3: row 1, column body: the field \`verbosity\` (and 1 more row) is not one that engine custom understands; expected only fields that it does; remove it from the body`,
  ];
  expect(await checkAsked(await load(text), root)).toEqual(said('queries/q.csv'));
  expect(await checkAsked(await load(text), join(root, 'queries'))).toEqual(said('q.csv'));
});
