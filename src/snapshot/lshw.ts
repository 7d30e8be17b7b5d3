import { hostTool } from './host-tool.ts';
import { type Fact, isAbsent, probeLimitMs } from './probe.ts';

/** The machine's parts as lshw lists them, without serial numbers, addresses and sizes of what is mounted. */
export interface Hardware {
  readonly parts: readonly HardwarePart[];
  /** How many were left out to keep the snapshot small; the least telling classes go first. */
  readonly leftOut: number;
}

/** One part of the machine. */
export interface HardwarePart {
  /** lshw's class: processor, memory, display, network, storage, bridge ... */
  readonly class: string;
  readonly description?: string;
  readonly vendor?: string;
  readonly product?: string;
  readonly version?: string;
  /** Its place, such as `pci@0000:3b:00.0` or `DIMM_A1`. */
  readonly place?: string;
  readonly sizeBytes?: number;
  readonly clockHz?: number;
  readonly driver?: string;
  readonly driverVersion?: string;
  readonly firmware?: string;
  /** A network link's speed. */
  readonly speed?: string;
}

interface Node {
  readonly class?: string;
  readonly description?: string;
  readonly vendor?: string;
  readonly product?: string;
  readonly version?: string;
  readonly businfo?: string;
  readonly slot?: string;
  readonly units?: string;
  readonly size?: number;
  readonly clock?: number;
  readonly configuration?: { readonly [name: string]: unknown };
  readonly children?: readonly Node[];
}

const mostParts = 400;

/** Classes in the order in which a reader of a benchmark needs them. */
const classOrder = [
  'system',
  'bus',
  'memory',
  'processor',
  'display',
  'network',
  'storage',
  'disk',
  'bridge',
];

/** Asks `lshw -json` once, for at most 5 s. Never throws. @param env where the tool is looked up. */
export async function hardware(env: NodeJS.ProcessEnv, limitMs = probeLimitMs): Promise<Fact<Hardware>> {
  const text = await hostTool('lshw', ['-json', '-quiet'], env, limitMs);
  if (isAbsent(text)) return text;
  try {
    // Some versions write one object, others a list of one.
    const tops = [JSON.parse(text) as Node | readonly Node[]].flat() as Node[];
    const parts = tops.flatMap(flatten).sort((a, b) => rank(a) - rank(b));
    return { parts: parts.slice(0, mostParts), leftOut: Math.max(0, parts.length - mostParts) };
  } catch {
    return { absent: 'lshw wrote no JSON' };
  }
}

function flatten(node: Node): HardwarePart[] {
  return [describe(node), ...(node.children ?? []).flatMap(flatten)];
}

function describe(node: Node): HardwarePart {
  const setting = (name: string): string | undefined => word(node.configuration?.[name]);
  return Object.fromEntries(
    Object.entries({
      class: node.class ?? 'unknown',
      description: word(node.description),
      vendor: word(node.vendor),
      product: word(node.product),
      version: word(node.version),
      place: word(node.businfo) ?? word(node.slot),
      sizeBytes: node.units === 'bytes' ? node.size : undefined,
      clockHz: node.clock,
      driver: setting('driver'),
      driverVersion: setting('driverversion'),
      firmware: setting('firmware'),
      speed: setting('speed'),
    }).filter(([, value]) => value !== undefined),
  ) as unknown as HardwarePart;
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function rank(part: HardwarePart): number {
  const at = classOrder.indexOf(part.class);
  return at < 0 ? classOrder.length : at;
}
