import { expect, test } from 'vitest';
import { experimentYaml } from '../src/init-templates.ts';

const folders = { root: '/home/me/work', home: '/home/me' };

function written(binary: string, model: string, libraryPath: string | null = null): string {
  return experimentYaml({ kind: 'own', binary, model, libraryPath }, folders);
}

test('paths in the repository are relative to it, those at home begin with $HOME, others are as they are', () => {
  const text = written(
    '/home/me/bin/llama-server',
    '/home/me/work/models/Qwen 3.Q4.gguf',
    '/home/me/work/lib:/opt/lib:/home/me/lib',
  );
  expect(text).toContain('\ncmd: $HOME/bin/llama-server\n');
  expect(text).toContain('\n  - -m\n  - "./models/Qwen 3.Q4.gguf"\n');
  expect(text).toContain('\n  LD_LIBRARY_PATH: "$REPO_ROOT/lib:/opt/lib:$HOME/lib"\n');
  const foreign = written('/home/men/bin/llama-server', '/m/a$b.gguf');
  expect(foreign).toContain('\ncmd: /home/men/bin/llama-server\n');
  expect(foreign).toContain('\n  - /m/a$$b.gguf\n');
});

test.each([
  ['/m/Smol-Q4_1.gguf', 'smol-q4_1'],
  ['/m/7.gguf', '"7"'],
  ['/m/No.GGUF', '"no"'],
  ['/m/-x, y.gguf', 'x-y'],
])('the model of %s goes by the name %s wherever it lies', (model, alias) => {
  expect(written('/bin/llama-server', model)).toMatch(new RegExp(`\\n  - --alias.*\\n  - ${alias}\\n`));
});
