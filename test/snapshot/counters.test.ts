import { describe, expect, it } from 'vitest';
import {
  type Counted,
  counted,
  countedFindings,
  type GpuCounted,
  slowedMs,
} from '../../src/snapshot/counted.ts';
import { type HostCounters, hostCounters } from '../../src/snapshot/counters.ts';
import { parseSmiLog, type SmiLog } from '../../src/snapshot/gpu-xml.ts';
import type { Fact } from '../../src/snapshot/probe.ts';
import { syntheticXml } from './smi.ts';

const quiet: HostCounters = {
  tNs: 0,
  cpuQuota: [{ group: '/g', throttledTimes: 5, throttledUs: 1000 }],
  oomKills: 2,
  cpuTicks: { total: 1000, steal: 10, iowait: 0, idle: 900 },
  ownTicks: 50,
  stalledUs: { cpu: 100, memory: 0, io: null },
  swappedPages: 7,
};
const none: Fact<SmiLog> = { absent: 'no GPU' };
const later = (changed: Partial<HostCounters>): HostCounters => ({
  ...quiet,
  tNs: 10e9,
  cpuTicks: { total: 3000, steal: 10, iowait: 0, idle: 2700 },
  ownTicks: 150,
  ...changed,
});
const noGpus: { before: Fact<SmiLog>; after: Fact<SmiLog> } = { before: none, after: none };
const between = (changed: Partial<HostCounters>, gpu = noGpus): Counted =>
  counted({ before: quiet, after: later(changed) }, gpu);
const codes = (counts: Counted): string[] => countedFindings(counts).map(({ code }) => code);

describe('counters of the host', () => {
  it('tell what neither the engine nor bench had: 200 ticks busy, 100 of them ours, of 2000', () => {
    expect(between({}).host.foreignPercent).toBe(5);
    expect(between({ ownTicks: 400 }).host.foreignPercent).toBe(0);
    expect(between({ cpuTicks: null }).host.foreignPercent).toBeNull();
  });

  it('are those of this machine', () => {
    const now = hostCounters([process.pid], 5);
    expect(now.tNs).toBe(5);
    expect(now.cpuTicks?.total).toBeGreaterThan(0);
    const again = hostCounters([process.pid], 6);
    expect(again.cpuTicks?.total).toBeGreaterThanOrEqual(now.cpuTicks?.total ?? 0);
    expect(codes(counted({ before: now, after: now }, { before: none, after: none }))).toEqual([]);
  });

  it('of a process that is gone are those of the host', () => {
    expect(hostCounters([4_000_000], 0)).toMatchObject({
      cpuQuota: [],
      cpuTicks: { total: expect.any(Number) },
    });
  });
});

describe('what rose', () => {
  it('is nothing on a quiet machine', () => {
    expect(codes(between({}))).toEqual([]);
    expect(between({}).host).toMatchObject({ seconds: 10, stealPercent: 0, cpuQuota: [], swappedPages: 0 });
  });

  it('names the group whose quota held the engine back, and for how long', () => {
    const counts = between({ cpuQuota: [{ group: '/g', throttledTimes: 9, throttledUs: 251_000 }] });
    expect(countedFindings(counts)).toEqual([
      { code: 'cpu-quota', text: 'The CPU quota of /g held it back 4 times, 250 ms in all.' },
    ]);
  });

  it.each<[string, Partial<HostCounters>]>([
    ['steal', { cpuTicks: { total: 3000, steal: 60, iowait: 0, idle: 0 } }],
    ['memory-pressure', { stalledUs: { cpu: 100, memory: 300_000, io: null } }],
    ['swapped', { swappedPages: 8 }],
    ['oom-kill', { oomKills: 3 }],
  ])('%s is a finding', (code, changed) => {
    expect(codes(between(changed))).toEqual([code]);
  });

  it('is not told where the kernel does not count', () => {
    const blind = { cpuTicks: null, oomKills: null, swappedPages: null, cpuQuota: [] };
    expect(codes(between(blind))).toEqual([]);
    expect(between(blind).host).toMatchObject({ stealPercent: null, oomKills: null });
  });

  it('leaves a small steal alone, small in share or in time', () => {
    expect(codes(between({ cpuTicks: { total: 3000, steal: 45, iowait: 0, idle: 0 } }))).toEqual([]);
    expect(codes(between({ cpuTicks: { total: 1020, steal: 15, iowait: 0, idle: 0 } }))).toEqual([]);
  });
});

describe('what a GPU went through', () => {
  const gpu = (before: string, after: string) => ({
    before: parseSmiLog(syntheticXml(before)),
    after: parseSmiLog(syntheticXml(after)),
  });

  it('is told by its counters', () => {
    const counts = between({}, gpu('one-card', 'one-card-later'));
    expect(counts.gpus).toMatchObject([
      {
        eventReasons: ['gpu_idle', 'sw_power_cap'],
        eventReasonsMs: { sw_power_cap: 250, hw_thermal_slowdown: 20, sync_boost: 0 },
        pcieReplays: 3,
        temperatureC: [55, 83],
        smMhz: [1980, 1605],
      },
    ]);
    expect(countedFindings(counts)).toEqual([
      { code: 'throttled', text: 'GPU 0: sw_power_cap for 250 ms, hw_thermal_slowdown for 20 ms.' },
      { code: 'pcie-replays', text: 'GPU 0: 3 packets had to be sent again over PCIe.' },
    ]);
  });

  it('is told by what held at either reading where the driver does not count', () => {
    expect(countedFindings(between({}, gpu('older-driver', 'older-driver')))).toEqual([
      { code: 'throttled', text: 'GPU 0: hw_slowdown, hw_thermal_slowdown.' },
    ]);
  });

  it('is nothing when it idles and nothing rose, and null when it cannot be asked twice', () => {
    expect(codes(between({}, gpu('eight-cards', 'eight-cards')))).toEqual([]);
    expect(between({}, { before: none, after: parseSmiLog(syntheticXml('one-card')) }).gpus).toBeNull();
  });
});

describe('how long GPUs were slowed down', () => {
  const card = (eventReasonsMs: GpuCounted['eventReasonsMs'], eventReasons: string[] = []): GpuCounted => ({
    ...{ uuid: null, eventReasons, eventReasonsMs, pcieReplays: null },
    ...{ temperatureC: [null, null], smMhz: [null, null] },
  });
  const slowed = (...gpus: GpuCounted[]) => slowedMs({ ...between({}), gpus });

  it.each<[what: string, gpus: GpuCounted[], held: object]>([
    ['not at all', [], {}],
    ['by nothing but idleness and settings', [card({ gpu_idle: 500, applications_clocks_setting: 9 })], {}],
    [
      'the longest of any',
      [card({ sw_power_cap: 250 }), card({ sw_power_cap: 900, hw_slowdown: 0 })],
      { sw_power_cap: 900 },
    ],
    ['not by a counter that was set back', [card({ hw_thermal_slowdown: -40 })], {}],
    ['for an unknown time', [card(null, ['hw_slowdown', 'gpu_idle'])], { hw_slowdown: Number.NaN }],
    [
      'for an unknown time on one of two',
      [card(null, ['sw_power_cap']), card({ sw_power_cap: 5 })],
      { sw_power_cap: Number.NaN },
    ],
  ])('%s', (_, gpus, held) => {
    expect(slowed(...gpus)).toEqual(held);
  });

  it('is nothing where there are none', () => {
    expect(slowedMs(between({}))).toEqual({});
  });
});

it('others had nothing where no tick passed, and their share is of all processors', () => {
  expect(between({ cpuTicks: quiet.cpuTicks, ownTicks: 50 }).host.foreignPercent).toBeNull();
  const busy = { total: 3000, steal: 110, iowait: 100, idle: 1800 };
  // 2000 ticks passed: 900 idle, 100 waiting, 1000 busy, of which 100 were ours; steal is among the others'.
  expect(between({ cpuTicks: busy }).host.foreignPercent).toBe(45);
});
