import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LaunchWatch, watchLaunch } from '../src/launch-watch.ts';
import { smiLog } from '../src/snapshot/gpu-state.ts';
import { openHashCache } from '../src/snapshot/hash-cache.ts';
import { syntheticPath, withTool } from './snapshot/smi.ts';

const noMetrics = async (): Promise<null> => null;

function watched(env: NodeJS.ProcessEnv, hasGpus: boolean) {
  const written: { counters?: object; telemetry: object[] } = { telemetry: [] };
  const clock = { ns: 0 };
  const cacheRoot = mkdtempSync(join(tmpdir(), 'bench-watch-'));
  const watch: LaunchWatch = watchLaunch({
    env,
    hashing: { cache: openHashCache(null) },
    cacheRoots: [cacheRoot],
    hasGpus,
    files: {
      write: (name, value) => {
        if (name === 'counters.json') written.counters = value;
      },
      telemetry: (line) => void written.telemetry.push(line),
    },
    now: () => {
      clock.ns += 1e6;
      return clock.ns;
    },
  });
  return { watch, written, cacheRoot };
}

describe('the watch around a launch', () => {
  it('stores the counters before and after the measured part, and what rose', async () => {
    const { watch, written } = watched({ PATH: '/nowhere' }, false);
    expect(watch.gpuUsers).toBeNull();
    watch.measuring(true, [process.pid], noMetrics);
    await watch.between();
    watch.measuring(false, [process.pid], noMetrics);
    const findings = await watch.after();
    expect(Array.isArray(findings)).toBe(true);
    expect(written.counters).toMatchObject({
      before: { cpuTicks: { total: expect.any(Number) } },
      after: { cpuTicks: { total: expect.any(Number) } },
      differences: { gpus: null },
    });
    // No tick of the kernel's clock may have passed; then no share of one was stolen or not.
    expect(written.counters).toHaveProperty('differences.host.stealPercent');
    expect(written.telemetry).toMatchObject([{ kind: 'host' }]);
  });

  it('finds a GPU throttled between the snapshot and the end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-watch-'));
    const once = join(folder, 'asked');
    const env = withTool(
      'nvidia-smi',
      `[ "$1" = -q ] || exit 0
      if mkdir '${once}' 2>/dev/null; then cat '${syntheticPath('one-card')}'; else cat '${syntheticPath('one-card-later')}'; fi`,
    );
    const { watch } = watched(env, true);
    watch.frozen(await smiLog(env));
    watch.measuring(true, [process.pid], noMetrics);
    watch.measuring(false, [process.pid], noMetrics);
    const codes = (await watch.after()).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['throttled', 'pcie-replays']));
    expect(await watch.gpuUsers?.()).toEqual([]);
  });

  it('says nothing of a launch that was never measured', async () => {
    const { watch, written } = watched({ PATH: '/nowhere' }, false);
    await watch.between();
    expect(await watch.after()).toEqual([]);
    expect(written).toEqual({ telemetry: [] });
  });

  it('remembers the compile caches as they were before the spawn', () => {
    const { watch, cacheRoot } = watched({}, false);
    mkdirSync(join(cacheRoot, 'a'));
    writeFileSync(join(cacheRoot, 'a/kernel'), 'x');
    expect(watch.cachesBefore).toEqual([{ path: cacheRoot, files: 0, bytes: 0, root: null }]);
  });
});
