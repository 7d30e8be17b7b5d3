import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../src/config/load.ts';

const text = 'description: a\nengine: custom\ncmd: /bin/sh\n';

describe('an experiment behind a link', () => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'bench-config-')));
  const cwd = join(top, 'repository');
  mkdirSync(join(cwd, '.git'), { recursive: true });
  mkdirSync(join(cwd, 'configs'));
  writeFileSync(join(cwd, 'configs/real.yaml'), text);
  writeFileSync(join(top, 'elsewhere.yaml'), text);

  it('is the file that the link leads to, whose content a commit can hold', async () => {
    symlinkSync('real.yaml', join(cwd, 'configs/link.yaml'));
    const { configPath } = await loadExperiment('configs/link.yaml', { cwd, env: {} });
    expect(configPath).toBe('configs/real.yaml');
  });

  it('is refused when it is no file', async () => {
    await expect(loadExperiment('/dev/zero', { cwd: top, env: {} })).rejects.toThrow('not a regular file');
  });

  it('is refused when the link leads out of the repository', async () => {
    symlinkSync('../../elsewhere.yaml', join(cwd, 'configs/out.yaml'));
    await expect(loadExperiment('configs/out.yaml', { cwd, env: {} })).rejects.toThrow(
      /^configs\/out\.yaml:1:1: `configs\/out\.yaml` leads to `.*elsewhere\.yaml`, outside the repository/,
    );
  });
});
