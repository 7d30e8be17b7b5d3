import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { computeCapabilities } from '../../src/snapshot/gpu-capability.ts';
import { modelConfig } from '../../src/snapshot/model-config.ts';
import { withTool } from './smi.ts';

it('is that of the model folder or the cached hub model that the words name', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'bench-model-'));
  const snapshot = join(cwd, 'hub/models--someone--small/snapshots/abc');
  for (const [folder, positions] of [
    [join(cwd, 'models/local'), 1],
    [snapshot, 2],
  ] as const) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ max_position_embeddings: positions }));
  }
  const env = { HF_HUB_CACHE: join(cwd, 'hub') };
  const positions = (...words: string[]) => modelConfig(words, { cwd, env });
  expect(positions('serve', 'models/local')).toEqual({ max_position_embeddings: 1 });
  expect(positions('--model=models/local')).toEqual({ max_position_embeddings: 1 });
  expect(positions('serve', 'someone/small')).toEqual({ max_position_embeddings: 2 });
  expect(positions('serve', 'someone/other')).toBeNull();
  writeFileSync(join(cwd, 'models/local/config.json'), '{');
  expect(positions('serve', 'models/local')).toBeNull();
});

it('compute capabilities are by UUID, and none without the tool', async () => {
  const env = withTool('nvidia-smi', "printf 'GPU-1, 8.6\\nGPU-2, 10.0\\nGPU-3, [N/A]\\n'");
  expect([...(await computeCapabilities(env))]).toEqual([
    ['GPU-1', '8.6'],
    ['GPU-2', '10.0'],
  ]);
  expect((await computeCapabilities({ PATH: '/nowhere' })).size).toBe(0);
});
