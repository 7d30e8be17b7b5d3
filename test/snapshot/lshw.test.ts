import { describe, expect, it } from 'vitest';
import { hardware } from '../../src/snapshot/lshw.ts';
import { withTool } from './smi.ts';

const card = {
  id: 'display',
  class: 'display',
  product: 'H100',
  vendor: 'NVIDIA Corporation',
  businfo: 'pci@0000:17:00.0',
  serial: 'SERIAL-SECRET',
  configuration: { driver: 'nvidia', latency: '0' },
};
const memory = {
  class: 'memory',
  description: 'DIMM DDR5',
  slot: 'A1',
  units: 'bytes',
  size: 68719476736,
  clock: 4800000000,
};
const network = {
  class: 'network',
  logicalname: 'eth0',
  configuration: { ip: '10.1.2.3', speed: '100Gbit/s', driver: 'mlx5_core' },
};
const machine = (children: unknown[]): string =>
  JSON.stringify({ class: 'system', product: 'Server', children });
const saying = (json: string): NodeJS.ProcessEnv => withTool('lshw', `cat <<'END'\n${json}\nEND`);

describe('lshw', () => {
  it('is kept as a list of parts without serial numbers and addresses', async () => {
    const found = await hardware(saying(machine([card, memory, network])));
    expect(found).toEqual({
      leftOut: 0,
      parts: [
        { class: 'system', product: 'Server' },
        {
          class: 'memory',
          description: 'DIMM DDR5',
          place: 'A1',
          sizeBytes: 68719476736,
          clockHz: 4800000000,
        },
        {
          class: 'display',
          product: 'H100',
          vendor: 'NVIDIA Corporation',
          place: 'pci@0000:17:00.0',
          driver: 'nvidia',
        },
        { class: 'network', driver: 'mlx5_core', speed: '100Gbit/s' },
      ],
    });
  });

  it('may come as a list of one', async () => {
    expect(await hardware(saying(`[${machine([])}]`))).toMatchObject({ parts: [{ product: 'Server' }] });
  });

  it('is bounded, and loses what matters least', async () => {
    const bridges = Array.from({ length: 1000 }, () => ({ class: 'bridge', product: 'x' }));
    const found = await hardware(saying(machine([...bridges, card])));
    expect(found).toMatchObject({
      leftOut: 602,
      parts: expect.arrayContaining([expect.objectContaining({ product: 'H100' })]),
    });
  });

  it.each([
    ['missing', { PATH: '/nowhere' }, 'lshw not found'],
    ['slow', withTool('lshw', 'exec sleep 60'), 'lshw gave no answer in 0.3 s'],
    ['talking nonsense', withTool('lshw', 'echo WARNING: run as root'), 'lshw wrote no JSON'],
  ])('that is %s is an absent fact', async (_name, env, absent) => {
    expect(await hardware(env, 300)).toEqual({ absent });
  });
});
