import { readdir, readFile } from 'node:fs/promises';
import { type Fact, isAbsent, probe, readFact, readFolder } from './probe.ts';

/** The host's processors and how they are driven. */
export interface CpuFacts {
  readonly model: Fact<string>;
  readonly microcode: Fact<string>;
  /** Feature flags, sorted, separated by spaces. */
  readonly flags: Fact<string>;
  /** Logical processors online. */
  readonly online: Fact<string>;
  /** Those this process may run on, as a list like `0-3,8`; from affinity and cpuset. */
  readonly allowed: Fact<string>;
  readonly smt: Fact<string>;
  /** Distinct values over all processors; several joined by `,`. */
  readonly governor: Fact<string>;
  readonly driver: Fact<string>;
  readonly energyPreference: Fact<string>;
  readonly boost: Fact<string>;
  readonly minKhz: Fact<string>;
  readonly maxKhz: Fact<string>;
  readonly idleDriver: Fact<string>;
  readonly idleGovernor: Fact<string>;
  /** Idle states of the first processor with their exit times, those switched off in brackets: `C1 2us, [C6 133us]`. */
  readonly idleStates: Fact<string>;
  /** Processors the scheduler keeps away from, and those without a tick; empty when there are none. */
  readonly isolated: Fact<string>;
  readonly noTick: Fact<string>;
  readonly hypervisor: Fact<string>;
  readonly vulnerabilities: Fact<{ readonly [name: string]: string }>;
}

const system = '/sys/devices/system/cpu';

/** Reads /proc/cpuinfo, /proc/self/status and /sys/devices/system/cpu. */
export async function cpuFacts(): Promise<CpuFacts> {
  const cpuinfo = await readFact('/proc/cpuinfo');
  const flags = field(cpuinfo, /^(?:flags|Features)\s*:\s*(.*)$/m, 'flags');
  return {
    model: field(cpuinfo, /^(?:model name|Model|cpu model)\s*:\s*(.*)$/m, 'model name'),
    microcode: field(cpuinfo, /^microcode\s*:\s*(.*)$/m, 'microcode'),
    flags: isAbsent(flags) ? flags : flags.split(/\s+/).sort().join(' '),
    online: await readFact(`${system}/online`),
    allowed: field(await readFact('/proc/self/status'), /^Cpus_allowed_list:\s*(.*)$/m, 'Cpus_allowed_list'),
    smt: await readFact(`${system}/smt/control`),
    governor: await policies('scaling_governor'),
    driver: await policies('scaling_driver'),
    energyPreference: await policies('energy_performance_preference'),
    boost: await boost(),
    minKhz: await policies('scaling_min_freq'),
    maxKhz: await policies('scaling_max_freq'),
    idleDriver: await readFact(`${system}/cpuidle/current_driver`),
    idleGovernor: await readFact(`${system}/cpuidle/current_governor_ro`),
    idleStates: await probe(idleStates),
    isolated: await readFact(`${system}/isolated`),
    noTick: await readFact(`${system}/nohz_full`),
    hypervisor: await hypervisor(flags),
    vulnerabilities: await readFolder(`${system}/vulnerabilities`),
  };
}

/** How many processors a list like `0-3,8` names. */
export function countCpus(list: string): number {
  return list
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((sum, [first = 0, last = first]) => sum + (last - first + 1), 0);
}

function field(text: Fact<string>, pattern: RegExp, name: string): Fact<string> {
  if (isAbsent(text)) return text;
  return pattern.exec(text)?.[1]?.trim() ?? { absent: `the kernel states no ${name}` };
}

function policies(name: string): Promise<Fact<string>> {
  return probe(async () => {
    const folders = (await readdir(`${system}/cpufreq`)).filter((folder) => folder.startsWith('policy'));
    if (folders.length === 0) throw new Error('the kernel does not scale frequencies here');
    const read = (folder: string): Promise<string> => readFile(`${system}/cpufreq/${folder}/${name}`, 'utf8');
    const values = await Promise.all(folders.map(async (folder) => (await read(folder)).trim()));
    return [...new Set(values)].sort().join(',');
  });
}

async function boost(): Promise<Fact<string>> {
  const noTurbo = await readFact(`${system}/intel_pstate/no_turbo`);
  if (!isAbsent(noTurbo)) return noTurbo === '0' ? 'on' : 'off';
  const value = await readFact(`${system}/cpufreq/boost`);
  return isAbsent(value) ? value : value === '1' ? 'on' : 'off';
}

async function idleStates(): Promise<string> {
  const folder = `${system}/cpu0/cpuidle`;
  const names = (await readdir(folder)).filter((name) => name.startsWith('state')).sort();
  const states = names.map(async (name) => {
    const read = async (file: string): Promise<string> =>
      (await readFile(`${folder}/${name}/${file}`, 'utf8')).trim();
    const state = `${await read('name')} ${await read('latency')}us`;
    return (await read('disable')) === '0' ? state : `[${state}]`;
  });
  return (await Promise.all(states)).join(', ');
}

/** Vendor and product of the machine when the processor says that it is a virtual one; `none` on bare metal. */
async function hypervisor(flags: Fact<string>): Promise<Fact<string>> {
  if (!isAbsent(flags) && !/\bhypervisor\b/.test(flags)) return 'none';
  const [vendor, product, type] = await Promise.all([
    readFact('/sys/class/dmi/id/sys_vendor'),
    readFact('/sys/class/dmi/id/product_name'),
    readFact('/sys/hypervisor/type'),
  ]);
  const known = [type, vendor, product].filter((fact): fact is string => !isAbsent(fact) && fact !== '');
  return known.length > 0 ? known.join(' ') : 'present, unnamed';
}
