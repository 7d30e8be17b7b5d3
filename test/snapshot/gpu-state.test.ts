import { describe, expect, it } from 'vitest';
import { computePids, gpuState } from '../../src/snapshot/gpu-state.ts';
import { type GpuDetail, parseSmiLog, type SmiLog } from '../../src/snapshot/gpu-xml.ts';
import { isAbsent } from '../../src/snapshot/probe.ts';
import { syntheticPath, syntheticXml, withTool } from './smi.ts';

function log(name: string): SmiLog {
  const parsed = parseSmiLog(syntheticXml(name));
  if (isAbsent(parsed)) throw new Error(parsed.absent);
  return parsed;
}

const only = (name: string): GpuDetail => log(name).gpus[0] as GpuDetail;

describe('the log of nvidia-smi', () => {
  it('is read for one card', () => {
    expect(log('one-card')).toMatchObject({ driver: '570.86.10', cuda: '12.8' });
    expect(only('one-card')).toMatchObject({
      uuid: 'GPU-5e7e71c0-0000-4000-8000-000000000000',
      product: 'NVIDIA H100 80GB HBM3',
      architecture: 'Hopper',
      busId: '00000000:17:00.0',
      vbios: '96.00.74.00.00',
      gspFirmware: '570.86.10',
      displayAttached: false,
      displayActive: false,
      persistence: true,
      mig: { current: 'Disabled' },
      ecc: {
        current: 'Enabled',
        errors: { 'volatile.sram_correctable': 0, 'aggregate.dram_uncorrectable': 0 },
      },
      pcie: { generation: 5, maxGeneration: 5, width: 16, maxWidth: 16, replays: 0 },
      fanPercent: null,
      eventReasons: ['sw_power_cap'],
      eventReasonsUs: { sw_power_cap: 1_500_000, hw_thermal_slowdown: 0, hw_power_brake_slowdown: 0 },
      memoryMiB: { total: 81559, used: 70000, reserved: 512 },
      utilizationPercent: { gpu: 97, memory: 61 },
      temperatureC: { gpu_temp: 55, gpu_temp_slow_threshold: 87, memory_temp: 61 },
      powerW: { instant_power_draw: 412.5, current_power_limit: 700, default_power_limit: 700 },
      clocksMhz: { sm_clock: 1980, mem_clock: 2619 },
      applicationClocksMhz: { graphics_clock: 1980, mem_clock: 2619 },
      maxClocksMhz: { sm_clock: 1980 },
      processes: [{ pid: 4242, type: 'C', name: 'VLLM::EngineCore', usedMiB: 68000 }],
    });
  });

  it('keeps two unlike cards apart, and says which one drives a display', () => {
    const [display, other] = log('two-unlike').gpus;
    expect(display).toMatchObject({ displayActive: true, displayAttached: true, fanPercent: 54 });
    expect(other).toMatchObject({
      product: 'NVIDIA GeForce RTX 3060',
      displayActive: false,
      pcie: { generation: 1, maxGeneration: 4, width: 4, maxWidth: 16 },
      eventReasons: ['gpu_idle'],
      processes: [],
    });
  });

  it('gives null and nothing for what a card does not state', () => {
    const [display] = log('two-unlike').gpus;
    expect(display).toMatchObject({
      ecc: { current: null, errors: {} },
      mig: { current: null },
      remapped: {},
    });
    expect(display?.temperatureC).not.toHaveProperty('memory_temp');
    expect(display?.applicationClocksMhz).toEqual({});
    expect(display?.processes[1]).toMatchObject({ type: 'C+G', usedMiB: null });
  });

  it("has no more of other people's command lines than the program", () => {
    expect(JSON.stringify(log('two-unlike'))).not.toContain('token-of-somebody');
    expect(log('two-unlike').gpus[0]?.processes[0]?.name).toBe('/usr/lib/xorg/Xorg');
  });

  it('is read for eight cards', () => {
    const { gpus } = log('eight-cards');
    expect(new Set(gpus.map(({ uuid }) => uuid)).size).toBe(8);
    expect(gpus.map(({ processes }) => processes[0]?.pid ?? null)).toEqual([
      5000,
      5001,
      ...Array(6).fill(null),
    ]);
    expect(gpus[5]?.remapped).toMatchObject({ remapped_row_corr: 2 });
  });

  it('of an older driver gives the same under the same names', () => {
    expect(only('older-driver')).toMatchObject({
      displayAttached: false,
      eventReasons: ['hw_slowdown', 'hw_thermal_slowdown'],
      eventReasonsUs: null,
      powerW: { power_draw: 233.02, current_power_limit: 400 },
    });
  });

  it.each([
    ['nothing', ''],
    ['a sentence', 'NVIDIA-SMI has failed because it could not talk to the driver'],
    ['another document', '<?xml version="1.0"?><html><body/></html>'],
    ['a torn document', syntheticXml('one-card').slice(0, 400)],
  ])('of %s is absent, or holds only what was there', (_name, text) => {
    const parsed = parseSmiLog(text);
    expect(isAbsent(parsed) || parsed.gpus.length <= 1).toBe(true);
    if (text.length < 200) expect(isAbsent(parsed)).toBe(true);
  });
});

describe('nvidia-smi', () => {
  const answers = `case "$*" in
    '-q -x') cat '${syntheticPath('one-card')}' ;;
    'topo -m') printf '\\033[4mGPU0\\033[0m\\tX\\n' ;;
    *compute-apps*) printf '4242\\n17\\n' ;;
  esac`;

  it('gives state, topology and who computes', async () => {
    const env = withTool('nvidia-smi', answers);
    expect(await gpuState(env)).toMatchObject({ driver: '570.86.10', topology: 'GPU0\tX' });
    expect(await computePids(env)).toEqual([4242, 17]);
  });

  it('that knows no topology still gives the state', async () => {
    const env = withTool('nvidia-smi', `[ "$1" = -q ] || exit 3; cat '${syntheticPath('one-card')}'`);
    expect(await gpuState(env)).toMatchObject({
      driver: '570.86.10',
      topology: { absent: 'nvidia-smi failed (exit 3): ' },
    });
  });

  it.each([
    ['is missing', { PATH: '/nowhere' }, 'nvidia-smi not found'],
    ['hangs', withTool('nvidia-smi', 'exec sleep 60'), 'nvidia-smi gave no answer in 0.3 s'],
    ['hangs in a child', withTool('nvidia-smi', 'sleep 3 & wait'), 'nvidia-smi gave no answer in 0.3 s'],
    ['fails', withTool('nvidia-smi', 'echo no driver; exit 9'), 'nvidia-smi failed (exit 9): no driver'],
    ['writes garbage', withTool('nvidia-smi', 'echo garbage'), 'nvidia-smi -q -x wrote no nvidia_smi_log'],
  ])('that %s is an absent fact', async (_name, env, absent) => {
    expect(await gpuState(env, 300)).toEqual({ absent });
  });

  it('that cannot say who computes gives null', async () => {
    expect(await computePids({ PATH: '/nowhere' })).toBeNull();
    expect(await computePids(withTool('nvidia-smi', 'exit 1'))).toBeNull();
    expect(await computePids(withTool('nvidia-smi', ':'))).toEqual([]);
  });
});
