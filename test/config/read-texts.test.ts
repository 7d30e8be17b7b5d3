import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describe as describeExperiment } from '../../src/config/describe.ts';
import { knobs } from '../../src/config/knobs.ts';
import { loadExperiment } from '../../src/config/load.ts';
import { parentNamed, readTexts, type SourceText } from '../../src/config/read-texts.ts';
import { membersOf, recordedSubject } from '../../src/config/recorded.ts';

const root = join(import.meta.dirname, '../..');
// The example of a container waits for the digest of its image.
const names = readdirSync(join(root, 'configs')).filter((name) => /(?<!container-example)\.yaml$/.test(name));
const env = { PATH: '/usr/bin', HOME: '/root', HF_TOKEN: 'hf_not-to-be-shown' };

function chain(name: string): [SourceText, ...SourceText[]] {
  const path = `configs/${name}`;
  const source = { path, text: readFileSync(join(root, path), 'utf8') };
  const parent = parentNamed(source);
  return [source, ...(parent === null ? [] : chain(parent))];
}

describe.each(names)('%s', (name) => {
  test('means the same as text as it does as a file', async () => {
    const loaded = await loadExperiment(join(root, 'configs', name), { cwd: root, env, isOnlyRead: true });
    const read = readTexts(chain(name), env);
    expect(read.problems).toEqual([]);
    expect(read.symbolic).toEqual(loaded.symbolic);
    // Of TensorRT-LLM the cache is warm where files that it reads say so: texts alone cannot know.
    const known = ({ path }: { path: string }): boolean => path !== 'workload.cache';
    expect(read.values.filter(known)).toEqual(describeExperiment(loaded).values.filter(known));
  });

  test('has the knobs of the experiment in what a record holds of it', async () => {
    const loaded = await loadExperiment(join(root, 'configs', name), { cwd: root, env, isOnlyRead: true });
    const subject = recordedSubject(describeExperiment(loaded).values);
    const isOpen = ({ name: knob }: { name: string }): boolean => !knob.startsWith('env.');
    expect(knobs(subject).filter(isOpen)).toEqual(knobs(loaded.experiment).filter(isOpen));
    expect(Object.keys(subject.env).sort()).toEqual(Object.keys(loaded.experiment.env).sort());
    expect(subject.secretEnv).toEqual(loaded.experiment.secretEnv);
    expect(subject.groups).toEqual(loaded.experiment.groups);
  });
});

const file = (text: string): [SourceText] => [{ path: 'configs/x.yaml', text }];
const head = 'description: x\nengine: custom\ncmd: /bin/x\n';

test('a variable that is not set stands for itself, a secret for its name', () => {
  const text = `${head}args: [--dir, $MODELS/x, --cost, "$$5"]\nenv: { KEY: { secret: $KEY } }\n`;
  const { values, problems } = readTexts(file(text), { KEY: 'not-to-be-shown' });
  const texts = values.map(({ value }) => value);
  expect(problems).toEqual([]);
  expect(texts).toContain('$MODELS/x');
  expect(texts).toContain('$5');
  expect(JSON.stringify(values)).not.toContain('not-to-be-shown');
  expect(readTexts(file(text), { MODELS: '/models' }).values.map(({ value }) => value)).toContain(
    '/models/x',
  );
});

test('what is wrong is told, and the rest read', () => {
  const { values, problems, symbolic } = readTexts(file(`${head}args: [-t, "2"]\nwarmpu: 3\n`), {});
  expect(problems).toHaveLength(1);
  expect(symbolic).toBeNull();
  expect(membersOf(values, 'args')).toEqual([
    { path: '0', value: '-t' },
    { path: '1', value: '2' },
  ]);
  expect(() => readTexts(file('a: [\n'), {})).toThrow(/configs\/x.yaml:/);
});
