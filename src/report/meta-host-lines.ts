import type { Json } from '../canonical.ts';
import { type JsonNode, nodeOf, nodesOf, textIn } from '../json-node.ts';
import { formatBytes, plural, significant } from '../units.ts';
import { known, type MetaSection, named } from './meta-lines.ts';
import { drawTable } from './table.ts';

/** The machine, its processors, memory and kernel. */
export function hostSection(document: JsonNode): MetaSection {
  const host = nodeOf(document.host);
  const { cpu, memory, kernel, system, machine, cgroup } = Object.fromEntries(
    ['cpu', 'memory', 'kernel', 'system', 'machine', 'cgroup'].map((name) => [name, nodeOf(host[name])]),
  ) as { readonly [part in 'cpu' | 'memory' | 'kernel' | 'system' | 'machine' | 'cgroup']: JsonNode };
  return {
    title: 'host',
    lines: [
      [
        'name',
        named([
          ['', host.name],
          ['', machine.vendor],
          ['', machine.product],
          ['hypervisor', bare(cpu.hypervisor)],
        ]),
      ],
      [
        'CPU',
        named([
          ['', cpu.model],
          ['usable cores', host.usableCores],
          ['microcode', cpu.microcode],
        ]),
      ],
      [
        'share',
        named([
          ['allowed', cpu.allowed],
          ['quota', cgroup.cpus],
          ['weight', cgroup.cpuWeight],
          ['SMT', cpu.smt],
        ]),
      ],
      [
        'clocks',
        named([
          ['governor', cpu.governor],
          ['driver', cpu.driver],
          ['boost', cpu.boost],
          ['preference', cpu.energyPreference],
        ]),
      ],
      [
        'memory',
        named([
          ['', bytes(memory.totalBytes)],
          ['swap', bytes(memory.swapTotalBytes)],
          ['swappiness', memory.swappiness],
          ['limit', bytes(cgroup.memoryBytes)],
        ]),
      ],
      [
        'pages',
        named([
          ['THP', memory.transparentHugepages],
          ['defrag', memory.hugepageDefrag],
          ['reserved', memory.hugepages],
        ]),
      ],
      [
        'NUMA',
        named([
          ['', numaText(memory.numa)],
          ['balancing', memory.numaBalancing],
        ]),
      ],
      [
        'kernel',
        named([
          ['', kernel.release],
          ['', host.distribution],
          ['', system.libc],
          ['clock', host.clocksource],
        ]),
      ],
      ['booted', known(kernel.commandLine)],
      [
        'load',
        named([
          ['', host.load],
          ['up', uptime(host.uptimeS)],
        ]),
      ],
      ['parts', partsText(document.lshw)],
    ],
  };
}

/** The GPUs as a table; empty when there are none. */
export function gpuLines(
  document: JsonNode,
  columns: number,
  paint: { strong(text: string): string; faint(text: string): string },
): string[] {
  const state = nodeOf(document.gpuState);
  const details = nodesOf(state.gpus);
  const queried = nodesOf(nodeOf(document.gpu).gpus);
  const gpus = details.length > 0 ? details : queried;
  if (gpus.length === 0) return [];
  const pick = (read: (gpu: JsonNode) => string): string[] => gpus.map((gpu) => read(gpu) || '-');
  const table = drawTable(
    [
      { head: 'GPU', align: 'right', cells: gpus.map((_, index) => String(index)) },
      {
        head: 'model',
        align: 'left',
        cells: pick((gpu) => textIn(gpu, 'product') || textIn(gpu, 'model')),
        least: 12,
      },
      {
        head: 'MiB',
        align: 'right',
        cells: pick((gpu) => known(nodeOf(gpu.memoryMiB).total ?? gpu.memoryMiB)),
      },
      {
        head: 'limit W',
        align: 'right',
        cells: pick((gpu) => known(nodeOf(gpu.powerW).current_power_limit ?? gpu.powerLimitW)),
      },
      {
        head: 'SM MHz',
        align: 'right',
        cells: pick((gpu) => known(nodeOf(gpu.clocksMhz).sm_clock)),
        drop: 2,
      },
      { head: '°C', align: 'right', cells: pick((gpu) => known(nodeOf(gpu.temperatureC).gpu_temp)), drop: 3 },
      { head: 'PCIe', align: 'left', cells: pick(pcieText), drop: 4 },
      { head: 'slowed by', align: 'left', cells: pick((gpu) => known(gpu.eventReasons)), drop: 5 },
      { head: 'UUID', align: 'left', cells: pick((gpu) => known(gpu.uuid).slice(0, 12)), drop: 6 },
    ],
    columns - 2,
    paint.faint,
  );
  const driver = named([
    ['driver', state.driver ?? queried[0]?.driver],
    ['CUDA', state.cuda],
  ]);
  return ['', paint.strong(`GPUs (${driver})`), ...table.map((line) => `  ${line}`)];
}

function pcieText(gpu: JsonNode): string {
  const { generation, width } = nodeOf(gpu.pcie);
  return known(width) === '' ? '' : `gen ${known(generation) || '?'} x${known(width)}`;
}

function bare(hypervisor: Json | undefined): Json | undefined {
  return hypervisor === 'none' ? undefined : hypervisor;
}

function bytes(value: Json | undefined): string {
  return typeof value === 'number' ? formatBytes(value) : '';
}

function uptime(seconds: Json | undefined): string {
  return typeof seconds === 'number' ? `${significant(seconds / 3600)} h` : '';
}

function numaText(numa: Json | undefined): string {
  const nodes = nodesOf(numa);
  return nodes.length === 0
    ? ''
    : `${plural(nodes.length, 'node')}: ${nodes.map(({ cpus }) => known(cpus)).join(' | ')}`;
}

/** How many parts of each class lshw lists. */
function partsText(lshw: Json | undefined): string {
  const counts = new Map<string, number>();
  for (const part of nodesOf(nodeOf(lshw).parts))
    counts.set(textIn(part, 'class'), (counts.get(textIn(part, 'class')) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}
