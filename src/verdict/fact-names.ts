/** Facts of a fingerprint -> what people call them. */
const names: { readonly [fact: string]: string } = {
  cpu: 'CPU model',
  usableCores: 'usable cores',
  memoryGiB: 'memory in GiB',
  kernel: 'kernel',
  'cpuPolicy.governor': 'CPU governor',
  'cpuPolicy.driver': 'CPU frequency driver',
  'cpuPolicy.energyPreference': 'CPU energy preference',
  'cpuPolicy.boost': 'CPU boost',
  'cpuPolicy.minKhz': 'lowest CPU clock in kHz',
  'cpuPolicy.maxKhz': 'highest CPU clock in kHz',
  'cpuPolicy.smt': 'SMT',
  gpus: 'GPUs',
  driver: 'GPU driver',
  metricVersion: 'definition of the metrics',
  timingVersion: 'way of timing',
};

const policies: { readonly [name: string]: string } = {
  powerLimitW: 'power limit in W',
  persistence: 'persistence mode',
  applicationSmMhz: 'SM clock in MHz',
  applicationMemoryMhz: 'memory clock in MHz',
  mig: 'MIG',
  ecc: 'ECC',
};

/** What people call a fact of the fingerprint; its own name where nobody has said. */
export function factName(fact: string): string {
  return names[fact] ?? fact;
}

/** The setting of a GPU as a fact: `power limit in W of GPU 0`. */
export function gpuPolicyName(setting: string, place: number): string {
  return `${policies[setting] ?? setting} of GPU ${place}`;
}
