import type { Finding } from '../stats/summary.ts';
import type { HostCounters } from './counters.ts';
import type { GpuDetail, SmiLog } from './gpu-xml.ts';
import { type Fact, isAbsent } from './probe.ts';

/** What rose between two moments, and what of it a reader must hear. */
export interface Counted {
  readonly host: {
    readonly seconds: number;
    /** Groups whose quota held the engine back. */
    readonly cpuQuota: readonly {
      readonly group: string;
      readonly throttledTimes: number;
      readonly throttledMs: number;
    }[];
    readonly oomKills: number | null;
    /** Shares of all processors' time. */
    readonly stealPercent: number | null;
    readonly stealMs: number | null;
    readonly iowaitPercent: number | null;
    /** Share that neither the engine nor bench had, steal among it. */
    readonly foreignPercent: number | null;
    /** Shares of the time in which something stood still for want of it. */
    readonly stalledPercent: { readonly [resource: string]: number | null };
    readonly swappedPages: number | null;
  };
  /** Null where there are no GPUs, or they could not be asked twice. */
  readonly gpus: readonly GpuCounted[] | null;
}

/** What rose on one GPU; its two readings are the snapshot's and one after the measured part. */
export interface GpuCounted {
  readonly uuid: string | null;
  /** Active at either reading. */
  readonly eventReasons: readonly string[];
  /** Ms for which each reason held; null before drivers that count. */
  readonly eventReasonsMs: { readonly [reason: string]: number } | null;
  readonly pcieReplays: number | null;
  readonly temperatureC: readonly [before: number | null, after: number | null];
  readonly smMhz: readonly [before: number | null, after: number | null];
}

/** Steal and memory stalls below this share, or below this time in all, are noise. */
const noticedPercent = 2;
const noticedMs = 100;

/** USER_HZ is 100 on every architecture that runs an engine. */
const tickMs = 10;

/** Reasons that mean less speed than the card was set to; the others are idleness and settings. */
const slowing =
  /^(?:hw_slowdown|hw_thermal_slowdown|hw_power_brake_slowdown|sw_thermal_slowdown|sw_power_cap|sw_power_capping|sync_boost)$/;

/** Differences of two readings of the host, and of the GPUs where both are there. */
export function counted(
  host: { readonly before: HostCounters; readonly after: HostCounters },
  gpu: { readonly before: Fact<SmiLog>; readonly after: Fact<SmiLog> },
): Counted {
  const { before, after } = host;
  const us = (after.tNs - before.tNs) / 1000;
  const share = (part: number | null, whole: number): number | null =>
    part === null || whole <= 0 ? null : round((100 * part) / whole);
  const stealTicks = rise(before.cpuTicks?.steal, after.cpuTicks?.steal);
  const totalTicks = rise(before.cpuTicks?.total, after.cpuTicks?.total) ?? 0;
  return {
    host: {
      seconds: round(us / 1e6),
      cpuQuota: after.cpuQuota.flatMap(({ group, throttledTimes, throttledUs }) => {
        const earlier = before.cpuQuota.find((one) => one.group === group);
        const times = throttledTimes - (earlier?.throttledTimes ?? throttledTimes);
        const heldUs = throttledUs - (earlier?.throttledUs ?? throttledUs);
        return times > 0 ? [{ group, throttledTimes: times, throttledMs: round(heldUs / 1000) }] : [];
      }),
      oomKills: rise(before.oomKills, after.oomKills),
      stealPercent: share(stealTicks, totalTicks),
      stealMs: stealTicks === null ? null : stealTicks * tickMs,
      foreignPercent: share(foreignTicks(before, after), totalTicks),
      iowaitPercent: share(rise(before.cpuTicks?.iowait, after.cpuTicks?.iowait), totalTicks),
      stalledPercent: {
        cpu: share(rise(before.stalledUs.cpu, after.stalledUs.cpu), us),
        memory: share(rise(before.stalledUs.memory, after.stalledUs.memory), us),
        io: share(rise(before.stalledUs.io, after.stalledUs.io), us),
      },
      swappedPages: rise(before.swappedPages, after.swappedPages),
    },
    gpus: isAbsent(gpu.before) || isAbsent(gpu.after) ? null : gpusCounted(gpu.before.gpus, gpu.after.gpus),
  };
}

/** What of it a reader must hear, each as `code` and sentence. */
export function countedFindings({ host, gpus }: Counted): Finding[] {
  const findings: Finding[] = [];
  const say = (code: string, text: string): void => void findings.push({ code, text });
  const stalledMs = (host.stalledPercent.memory ?? 0) * host.seconds * 10;
  const [quota] = host.cpuQuota;
  if (quota !== undefined)
    say(
      'cpu-quota',
      `The CPU quota of ${quota.group} held it back ${quota.throttledTimes} times, ${quota.throttledMs} ms in all.`,
    );
  if ((host.stealPercent ?? 0) > noticedPercent && (host.stealMs ?? 0) > noticedMs)
    say('steal', `The hypervisor gave ${host.stealPercent} % of the processors' time to others.`);
  if (stalledMs > noticedMs && (host.stalledPercent.memory ?? 0) > noticedPercent)
    say(
      'memory-pressure',
      `Something stood still for want of memory in ${host.stalledPercent.memory} % of the time.`,
    );
  if ((host.swappedPages ?? 0) > 0)
    say('swapped', `${host.swappedPages} pages went to swap or came from it.`);
  if ((host.oomKills ?? 0) > 0)
    say('oom-kill', `The kernel killed ${host.oomKills} processes for want of memory.`);
  for (const [index, gpu] of (gpus ?? []).entries()) {
    const reasons = slowedBy(gpu);
    if (reasons.length > 0) say('throttled', `GPU ${index}: ${reasons.join(', ')}.`);
    if ((gpu.pcieReplays ?? 0) > 0)
      say('pcie-replays', `GPU ${index}: ${gpu.pcieReplays} packets had to be sent again over PCIe.`);
  }
  return findings;
}

/** Ticks of processes outside the engine and bench; never below 0, for the counters are not read at one instant. */
function foreignTicks(before: HostCounters, after: HostCounters): number | null {
  if (before.cpuTicks === null || after.cpuTicks === null) return null;
  const busy = ({ total, idle, iowait }: NonNullable<HostCounters['cpuTicks']>) => total - idle - iowait;
  const own = after.ownTicks - before.ownTicks;
  return Math.max(0, busy(after.cpuTicks) - busy(before.cpuTicks) - own);
}

/** Ms for which each reason that means less speed held on the GPU it held longest; NaN where the driver does not count. */
export function slowedMs({ gpus }: Counted): { readonly [reason: string]: number } {
  const held: { [reason: string]: number } = {};
  for (const { eventReasons, eventReasonsMs } of gpus ?? []) {
    const times = eventReasonsMs ?? Object.fromEntries(eventReasons.map((reason) => [reason, Number.NaN]));
    for (const [reason, ms] of Object.entries(times))
      if (slowing.test(reason) && !(ms <= 0)) held[reason] = Math.max(held[reason] ?? 0, ms);
  }
  return held;
}

function slowedBy({ eventReasons, eventReasonsMs }: GpuCounted): string[] {
  // A counter knows what happened between the readings; without one, what held at either is all there is.
  if (eventReasonsMs === null) return eventReasons.filter((reason) => slowing.test(reason));
  return Object.entries(eventReasonsMs)
    .filter(([reason, ms]) => ms > 0 && slowing.test(reason))
    .map(([reason, ms]) => `${reason} for ${ms} ms`);
}

function gpusCounted(before: readonly GpuDetail[], after: readonly GpuDetail[]): GpuCounted[] {
  return after.map((now) => {
    const earlier = before.find(({ uuid }) => uuid === now.uuid);
    const times = now.eventReasonsUs;
    return {
      uuid: now.uuid,
      eventReasons: [...new Set([...(earlier?.eventReasons ?? []), ...(now.eventReasons ?? [])])].sort(),
      eventReasonsMs:
        times === null
          ? null
          : Object.fromEntries(
              Object.entries(times).map(([reason, us]) => [
                reason,
                round((us - (earlier?.eventReasonsUs?.[reason] ?? us)) / 1000),
              ]),
            ),
      pcieReplays: rise(earlier?.pcie.replays, now.pcie.replays),
      temperatureC: [earlier?.temperatureC.gpu_temp ?? null, now.temperatureC.gpu_temp ?? null],
      smMhz: [earlier?.clocksMhz.sm_clock ?? null, now.clocksMhz.sm_clock ?? null],
    };
  });
}

function rise(before: number | null | undefined, after: number | null | undefined): number | null {
  return before == null || after == null ? null : after - before;
}

/** Two decimals say more than any of these are worth. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
