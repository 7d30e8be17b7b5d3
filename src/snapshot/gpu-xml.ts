import { XMLParser } from 'fast-xml-parser';
import type { Fact } from './probe.ts';

/** What `nvidia-smi -q -x` says; null where the card or driver does not state it. */
export interface SmiLog {
  readonly driver: string | null;
  /** Newest CUDA the driver serves. */
  readonly cuda: string | null;
  readonly gpus: readonly GpuDetail[];
}

/** One GPU, at one moment. */
export interface GpuDetail {
  readonly uuid: string | null;
  readonly product: string | null;
  readonly architecture: string | null;
  readonly busId: string | null;
  readonly vbios: string | null;
  readonly gspFirmware: string | null;
  readonly displayAttached: boolean | null;
  /** A display's memory and time are taken from the engine. */
  readonly displayActive: boolean | null;
  readonly persistence: boolean | null;
  readonly computeMode: string | null;
  readonly performanceState: string | null;
  readonly virtualization: string | null;
  readonly mig: { readonly current: string | null; readonly pending: string | null };
  readonly ecc: {
    readonly current: string | null;
    readonly pending: string | null;
    /** Uncorrected and corrected errors, by the names the driver has for them. */
    readonly errors: Counts;
  };
  /** Replaced parts of memory, by the names the driver has for them. */
  readonly remapped: Counts;
  readonly pcie: {
    readonly generation: number | null;
    readonly maxGeneration: number | null;
    readonly width: number | null;
    readonly maxWidth: number | null;
    readonly replays: number | null;
  };
  readonly fanPercent: number | null;
  /** Active reasons for lower clocks, sorted: `gpu_idle`, `sw_power_cap`, `hw_thermal_slowdown` ... */
  readonly eventReasons: readonly string[] | null;
  /** How long each reason has held since the driver was loaded, microseconds; null before drivers that count. */
  readonly eventReasonsUs: Counts | null;
  readonly memoryMiB: {
    readonly total: number | null;
    readonly used: number | null;
    readonly reserved: number | null;
  };
  readonly bar1MiB: number | null;
  readonly utilizationPercent: { readonly gpu: number | null; readonly memory: number | null };
  /** Degrees Celsius, by the driver's names: `gpu_temp`, `gpu_temp_slow_threshold`, `memory_temp` ... */
  readonly temperatureC: Counts;
  /** Watts, by the driver's names: `power_draw`, `current_power_limit`, `default_power_limit` ... */
  readonly powerW: Counts;
  readonly clocksMhz: Counts;
  readonly applicationClocksMhz: Counts;
  readonly maxClocksMhz: Counts;
  /** Who uses it, at this moment. */
  readonly processes: readonly GpuProcess[];
}

/** Numbers by name; what is not stated is left out. */
export type Counts = { readonly [name: string]: number };

/** A process that has a context on a GPU. */
export interface GpuProcess {
  readonly pid: number;
  /** `C` computes, `G` draws, `C+G` both. */
  readonly type: string | null;
  readonly name: string | null;
  readonly usedMiB: number | null;
}

type Node = { readonly [name: string]: unknown };

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name) => name === 'gpu' || name === 'process_info',
});

/** Words for "not stated" and "not on this card", of all driver versions. */
const unstated =
  /^(?:\[?(?:n\/a|not supported|unknown error|insufficient permissions|gpu requires reset)\]?|none|unknown|requested functionality has been deprecated)$/i;

/** XML of `nvidia-smi -q -x`, of any driver since 450 -> its facts. Absent for what is no such log. */
export function parseSmiLog(xml: string): Fact<SmiLog> {
  let log: Node;
  try {
    log = child(parser.parse(xml), 'nvidia_smi_log');
  } catch (error) {
    return { absent: `nvidia-smi -q -x wrote no XML: ${(error as Error).message.split('\n')[0]}` };
  }
  if (Object.keys(log).length === 0) return { absent: 'nvidia-smi -q -x wrote no nvidia_smi_log' };
  return {
    driver: text(log, 'driver_version'),
    cuda: text(log, 'cuda_version'),
    gpus: list(log, 'gpu').map(detail),
  };
}

function detail(gpu: Node): GpuDetail {
  const pci = child(gpu, 'pci');
  const link = child(pci, 'pci_gpu_link_info');
  const memory = child(gpu, 'fb_memory_usage');
  const utilization = child(gpu, 'utilization');
  return {
    uuid: text(gpu, 'uuid'),
    product: text(gpu, 'product_name'),
    architecture: text(gpu, 'product_architecture'),
    busId: text(pci, 'pci_bus_id') ?? text(gpu, '@id'),
    vbios: text(gpu, 'vbios_version'),
    gspFirmware: text(gpu, 'gsp_firmware_version'),
    displayAttached: yesNo(gpu, 'display_attached') ?? yesNo(gpu, 'display_mode'),
    displayActive: yesNo(gpu, 'display_active'),
    persistence: yesNo(gpu, 'persistence_mode'),
    computeMode: text(gpu, 'compute_mode'),
    performanceState: text(gpu, 'performance_state'),
    virtualization: text(child(gpu, 'gpu_virtualization_mode'), 'virtualization_mode'),
    mig: {
      current: text(child(gpu, 'mig_mode'), 'current_mig'),
      pending: text(child(gpu, 'mig_mode'), 'pending_mig'),
    },
    ecc: {
      current: text(child(gpu, 'ecc_mode'), 'current_ecc'),
      pending: text(child(gpu, 'ecc_mode'), 'pending_ecc'),
      errors: counts(child(gpu, 'ecc_errors')),
    },
    remapped: { ...counts(child(gpu, 'remapped_rows')), ...counts(child(gpu, 'retired_pages')) },
    pcie: {
      generation: number(child(link, 'pcie_gen'), 'current_link_gen'),
      maxGeneration: number(child(link, 'pcie_gen'), 'max_link_gen'),
      width: number(child(link, 'link_widths'), 'current_link_width'),
      maxWidth: number(child(link, 'link_widths'), 'max_link_width'),
      replays: number(pci, 'replay_counter'),
    },
    fanPercent: number(gpu, 'fan_speed'),
    eventReasons: reasons(gpu),
    eventReasonsUs: reasonTimes(gpu),
    memoryMiB: {
      total: number(memory, 'total'),
      used: number(memory, 'used'),
      reserved: number(memory, 'reserved'),
    },
    bar1MiB: number(child(gpu, 'bar1_memory_usage'), 'total'),
    utilizationPercent: { gpu: number(utilization, 'gpu_util'), memory: number(utilization, 'memory_util') },
    temperatureC: counts(child(gpu, 'temperature')),
    powerW: powers(gpu),
    clocksMhz: counts(child(gpu, 'clocks')),
    applicationClocksMhz: counts(child(gpu, 'applications_clocks')),
    maxClocksMhz: counts(child(gpu, 'max_clocks')),
    processes: list(child(gpu, 'processes'), 'process_info').map((one) => ({
      pid: number(one, 'pid') ?? 0,
      type: text(one, 'type'),
      // Whole command lines stand here at times, with what other people gave their programs.
      name: text(one, 'process_name')?.split(/\s/)[0] ?? null,
      usedMiB: number(one, 'used_memory'),
    })),
  };
}

/** Drivers before 530 say power_limit for what is current_power_limit since. */
function powers(gpu: Node): Counts {
  const { power_limit: limit, ...older } = counts(child(gpu, 'power_readings'));
  return {
    ...older,
    ...(limit === undefined ? {} : { current_power_limit: limit }),
    ...counts(child(gpu, 'gpu_power_readings')),
  };
}

/** Called clocks_throttle_reasons by drivers before 535. */
function reasons(gpu: Node): string[] | null {
  const node = [child(gpu, 'clocks_event_reasons'), child(gpu, 'clocks_throttle_reasons')].find(
    (one) => Object.keys(one).length > 0,
  );
  if (node === undefined) return null;
  return Object.keys(node)
    .filter((name) => text(node, name) === 'Active')
    .map(reasonName)
    .sort();
}

function reasonTimes(gpu: Node): Counts | null {
  const node = child(gpu, 'clocks_event_reasons_counters');
  const times = Object.entries(counts(node)).map(([name, us]) => [reasonName(name), us]);
  return times.length === 0 ? null : Object.fromEntries(times);
}

/** One name for what flags and counters call by two. */
function reasonName(tag: string): string {
  return tag
    .replace(/^clocks_(?:event|throttle)_reasons?_(?:counters_)?/, '')
    .replace('_therm_', '_thermal_')
    .replace(/_power_brake$/, '_power_brake_slowdown');
}

/** Every number below a node, named by its path without the node itself: `volatile.sram_uncorrectable`. */
function counts(node: Node): Counts {
  const found: [string, number][] = [];
  const visit = (inner: Node, prefix: string): void => {
    for (const [name, value] of Object.entries(inner)) {
      if (Array.isArray(value)) continue;
      if (value !== null && typeof value === 'object') visit(value as Node, `${prefix}${name}.`);
      else {
        const amount = number(inner, name);
        if (amount !== null) found.push([`${prefix}${name}`, amount]);
      }
    }
  };
  visit(node, '');
  return Object.fromEntries(found);
}

function child(node: Node, name: string): Node {
  const value = node[name];
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Node) : {};
}

function list(node: Node, name: string): Node[] {
  const value = node[name];
  return Array.isArray(value) ? value.filter((one) => one !== null && typeof one === 'object') : [];
}

function text(node: Node, name: string): string | null {
  const value = node[name];
  if (typeof value !== 'string') return null;
  const trimmed = value.trim();
  return trimmed === '' || unstated.test(trimmed) ? null : trimmed;
}

/** `1830 MHz`, `700.00 W`, `16x`, `0` -> the number before the unit. */
function number(node: Node, name: string): number | null {
  const amount = /^(-?\d+(?:\.\d+)?)\s*[A-Za-z%/]*$/.exec(text(node, name) ?? '')?.[1];
  return amount === undefined ? null : Number(amount);
}

function yesNo(node: Node, name: string): boolean | null {
  const word = text(node, name);
  if (word === null) return null;
  return /^(?:enabled|yes|active|on)$/i.test(word)
    ? true
    : /^(?:disabled|no|inactive|off)$/i.test(word)
      ? false
      : null;
}
