import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { countCpus } from '../../src/snapshot/cpu.ts';
import { fingerprint, fingerprintFacts } from '../../src/snapshot/fingerprint.ts';
import { type GpuFacts, gpuFacts } from '../../src/snapshot/gpu.ts';
import { type HostFacts, hardwareLabel, hostFacts } from '../../src/snapshot/host.ts';
import { isAbsent, probe, readFact } from '../../src/snapshot/probe.ts';

let host: HostFacts;
beforeAll(async () => {
  host = await hostFacts();
});

describe('host facts', () => {
  it('agree with what Node sees of this machine', () => {
    expect(host.kernel.release).toBe(release());
    expect(host.cpu.model).toBe(cpus()[0]?.model.trim());
    expect(host.memory.totalBytes).toBe(totalmem());
    expect(host.usableCores).toBeLessThanOrEqual(availableParallelism());
    expect(host.usableCores).toBeGreaterThan(0);
    expect(host.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(host.memory.swappiness).toMatch(/^\d+$/);
    expect(isAbsent(host.cgroup)).toBe(false);
  });

  it('have every field, each with a value or the reason why not', () => {
    const visit = (value: unknown, path: string): void => {
      expect(value, path).not.toBeUndefined();
      if (value !== null && typeof value === 'object') {
        for (const [key, member] of Object.entries(value)) visit(member, `${path}.${key}`);
      }
    };
    visit(host, 'host');
  });

  it('counts a list of processors', () => {
    expect(['0', '0-3', '0-3,8,10-11'].map(countCpus)).toEqual([1, 4, 7]);
  });
});

describe('a probe', () => {
  it('gives the reason when a fact is missing or late', async () => {
    expect(await readFact('/nowhere')).toEqual({ absent: 'not there' });
    expect(await probe(() => new Promise(() => {}), 20)).toEqual({ absent: 'no answer in 0.02 s' });
    const fails = probe(async () => {
      throw new Error('odd');
    });
    expect(await fails).toEqual({ absent: 'odd' });
  });
});

describe('gpu facts', () => {
  const withTool = (script: string): NodeJS.ProcessEnv => {
    const dir = mkdtempSync(join(tmpdir(), 'bench-smi-'));
    writeFileSync(join(dir, 'nvidia-smi'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(dir, 'nvidia-smi'), 0o755);
    return { PATH: `${dir}:/usr/bin:/bin` };
  };
  const line = (index: number): string =>
    `${index}, NVIDIA B200, GPU-${index}, 570.1, 183359, 1000.00, Enabled, [N/A], [N/A], 1965, Disabled, Enabled, Default`;

  it('are read from one query', async () => {
    const gpu = await gpuFacts(
      withTool(`echo "$1" | grep -q '^--query-gpu=index,name,uuid,' && printf '${line(0)}\\n${line(1)}\\n'`),
    );
    expect(gpu).toMatchObject({
      gpus: [
        { index: '0', model: 'NVIDIA B200', uuid: 'GPU-0' },
        { uuid: 'GPU-1', computeMode: 'Default' },
      ],
    });
    expect(hardwareLabel(host, gpu)).toBe('2xB200');
  });

  it('say why there are none', async () => {
    expect(await gpuFacts({ PATH: '/nowhere' })).toEqual({ absent: 'nvidia-smi not found' });
    expect(await gpuFacts(withTool('exec sleep 60'), 100)).toEqual({
      absent: 'nvidia-smi gave no answer in 0.1 s',
    });
    const broken = await gpuFacts(withTool('echo "could not talk to the driver"; exit 9'));
    expect(broken).toEqual({ absent: 'nvidia-smi failed (exit 9): could not talk to the driver' });
    expect(hardwareLabel(host, broken)).toBe(host.cpu.model);
  });
});

describe('the fingerprint', () => {
  const none: GpuFacts = { absent: 'nvidia-smi not found' };
  const versions = { workloadHash: 'w', metricVersion: '1', timingVersion: '1' };
  const of = (changed: Partial<HostFacts>, gpu: GpuFacts = none, others = versions): string =>
    fingerprint({ ...host, ...changed }, gpu, others);

  it('is 12 hex and the same whatever name, load, uptime and reasons for missing facts', () => {
    expect(of({})).toMatch(/^[0-9a-f]{12}$/);
    const now = { name: 'other', load: '9 9 9', uptimeS: 1, bootId: 'x' };
    expect(of(now, { absent: 'nvidia-smi gave no answer in 5 s' })).toBe(of({}));
  });

  it.each<[string, Partial<HostFacts>]>([
    ['kernel', { kernel: { system: 'L', release: '9', version: '', machine: '', commandLine: '' } }],
    ['usable cores', { usableCores: 999 }],
  ])('changes with the %s', (_name, changed) => {
    expect(of(changed)).not.toBe(of({}));
  });

  it('changes with governor, memory, GPUs, their policy, workload and versions', () => {
    const card = { index: '0', model: 'M', uuid: 'U', driver: 'D', memoryMiB: '', powerLimitW: '700' };
    const rest = {
      persistence: '',
      applicationSmMhz: '',
      applicationMemoryMhz: '',
      maxSmMhz: '',
      mig: '',
      ecc: '',
      computeMode: '',
    };
    const seen = [
      of({}),
      of({ cpu: { ...host.cpu, governor: 'odd' } }),
      of({ memory: { ...host.memory, totalBytes: 1 } }),
      of({}, { gpus: [{ ...card, ...rest }] }),
      of({}, { gpus: [{ ...card, ...rest, powerLimitW: '400' }] }),
      of({}, none, { ...versions, workloadHash: 'x' }),
      of({}, none, { ...versions, metricVersion: '2' }),
      of({}, none, { ...versions, timingVersion: '2' }),
    ];
    expect(new Set(seen).size).toBe(seen.length);
    expect(JSON.stringify(fingerprintFacts(host, none, versions))).not.toContain('absent');
  });
});
