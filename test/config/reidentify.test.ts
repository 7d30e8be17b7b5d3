import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expId, namedFiles } from '../../src/config/identity.ts';
import { loadExperiment } from '../../src/config/load.ts';
import { parentOf, reidentify } from '../../src/config/reidentify.ts';

const root = join(import.meta.dirname, '../..');
const configs = readdirSync(join(root, 'configs')).filter(
  // That one has to be pinned first.
  (name) => name.endsWith('.yaml') && name !== 'container-example.yaml',
);

/** A hash for each file that an experiment has, whatever it may be. */
function hashesOf(paths: readonly string[]): { [path: string]: string } {
  return Object.fromEntries(paths.map((path, index) => [path, String(index).padStart(64, 'a')]));
}

test.each(configs)(
  'configs/%s has the same exp_id by its texts alone, parents and overrides or not',
  async (name) => {
    const env = {
      PATH: '/bin',
      HOME: '/home/me',
      HF_TOKEN: 'hf_0123456789',
      HF_HOME: '/models',
      MODELS: '/models',
    };
    const loaded = await loadExperiment(`configs/${name}`, {
      cwd: root,
      env,
      overrides: { limit: 3 },
      isOnlyRead: true,
    });
    const named = hashesOf(namedFiles(loaded.experiment));
    const texts = hashesOf([loaded.configPath, ...loaded.parents]);
    expect(reidentify(loaded.configPath, loaded.texts, { ...texts, ...named })).toEqual({
      expId: expId(loaded, named),
    });
  },
);

const parent = 'description: p\nengine: custom\ncmd: /bin/server\nargs: [--a, "1"]\n';
const child = 'parent: ../base.yaml\ndescription: c\nset: { --a: 2 }\n';

test('a knob changes it, a description and an override of the judge do not', () => {
  const of = (text: string): unknown => reidentify('x.yaml', { 'x.yaml': text }, {});
  expect(of(parent)).toEqual(of(parent.replace('description: p', 'description: other')));
  expect(of(parent)).toEqual(of(`${parent}judge: { pairs: 3 }\n`));
  expect(of(parent)).not.toEqual(of(parent.replace('"1"', '"2"')));
});

test('a parent lies beside the file that names it', () => {
  expect(parentOf('configs/deep/x.yaml', child)).toBe('configs/base.yaml');
  expect(parentOf('configs/x.yaml', parent)).toBeNull();
  expect(parentOf('configs/x.yaml', '{')).toBeNull();
});

test.each([
  ['a parent that is not known', { 'configs/x.yaml': child }, /the text of base.yaml is not known/],
  ['a text that is broken', { 'configs/x.yaml': 'a: [' }, /configs\/x.yaml cannot be read/],
  ['a circle', { 'configs/x.yaml': 'parent: x.yaml\ndescription: c\n' }, /inherits from itself/],
  [
    'a key that this version does not know',
    { 'configs/x.yaml': `${parent}novel: 1\n` },
    /reads it otherwise/,
  ],
  ['nothing', {}, /the text of configs\/x.yaml is not known/],
])('%s: it says why it cannot be told', (_, texts, why) => {
  expect(reidentify('configs/x.yaml', texts as { [path: string]: string }, {})).toEqual({
    because: expect.stringMatching(why),
  });
});
