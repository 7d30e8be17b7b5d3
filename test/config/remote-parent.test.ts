import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadExperiment } from '../../src/config/load.ts';

it('refuses a parent where the server runs elsewhere, since no pairs can be launched', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'bench-config-'));
  mkdirSync(join(cwd, 'configs'));
  writeFileSync(
    join(cwd, 'configs/a.yaml'),
    'description: a\nengine: openai\nbase_url: http://127.0.0.1:9/v1\n',
  );
  writeFileSync(join(cwd, 'configs/b.yaml'), 'description: b\nparent: a.yaml\nmodel: m\n');
  await expect(loadExperiment('configs/b.yaml', { cwd, env: {} })).rejects.toThrow(
    'configs/b.yaml:2:9: `parent` with engine openai, expected no parent',
  );
  await expect(loadExperiment('configs/a.yaml', { cwd, env: {} })).resolves.toBeDefined();
});
