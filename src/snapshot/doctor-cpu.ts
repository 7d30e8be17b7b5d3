import { asRoot, type Check, writing } from './doctor-check.ts';
import { isAbsent } from './probe.ts';

/** Below this share, other work is not worth a word; beyond the second, it is in every number. */
const [noticedPercent, disturbingPercent] = [5, 20];

/** Governor of the processors' clocks. */
export const governor: Check = (facts) => {
  const { governor: found, hypervisor } = facts.host.cpu;
  const common = { id: 'cpu-governor', title: 'CPU governor' };
  if (isAbsent(found)) {
    const isVirtual = !isAbsent(hypervisor) && hypervisor !== 'none';
    const meaning = isVirtual
      ? 'The host of this virtual machine sets the clocks; bench can neither see nor hold them.'
      : 'Nothing says how fast the processors run.';
    return { ...common, found: found.absent, meaning, severity: 'note', command: '' };
  }
  if (found === 'performance')
    return { ...common, found, meaning: 'The clocks stay up.', severity: 'ok', command: '' };
  return {
    ...common,
    found,
    meaning: 'The clocks follow the load, so the first tokens after a pause are slower and runs differ.',
    severity: 'warn',
    command: writing(facts, 'performance', '/sys/devices/system/cpu/cpufreq/policy*/scaling_governor'),
  };
};

/** Clocks above the nominal one. */
export const boost: Check = (facts) => {
  const { boost: found } = facts.host.cpu;
  const { boostSwitch } = facts.tree;
  if (isAbsent(found)) return null;
  const common = { id: 'cpu-boost', title: 'CPU boost', found };
  if (found === 'off')
    return { ...common, meaning: 'The clocks do not hang on heat.', severity: 'ok', command: '' };
  return {
    ...common,
    meaning: 'Heat and neighbours decide how fast a core runs: faster, and less alike from run to run.',
    severity: 'note',
    command: boostSwitch === null ? '' : writing(facts, boostSwitch.off, boostSwitch.path),
  };
};

/** Two threads a core. */
export const smt: Check = (facts) => {
  const { smt: found } = facts.host.cpu;
  if (isAbsent(found)) return null;
  const common = { id: 'smt', title: 'SMT', found };
  if (found !== 'on')
    return { ...common, meaning: 'No two threads share a core.', severity: 'ok', command: '' };
  return {
    ...common,
    meaning: "Two of the engine's threads, or one and the client, may share a core; pin them or turn it off.",
    severity: 'note',
    command: writing(facts, 'off', '/sys/devices/system/cpu/smt/control'),
  };
};

/** What a control group leaves of the processors. */
export const cpuQuota: Check = (facts) => {
  const { cgroup } = facts.host;
  const common = { id: 'cpu-quota', title: 'CPU quota' };
  if (isAbsent(cgroup)) {
    const meaning = 'A limit on the processors would not be seen.';
    return { ...common, found: cgroup.absent, meaning, severity: 'note', command: '' };
  }
  if (cgroup.cpus === null)
    return { ...common, found: 'none', meaning: 'No group holds it back.', severity: 'ok', command: '' };
  const { quotaFile } = facts.tree;
  const word = quotaFile?.endsWith('cpu.max') === true ? 'max' : '-1';
  return {
    ...common,
    found: `${cgroup.cpus} processors${quotaFile === null ? '' : `, by ${quotaFile}`}`,
    meaning:
      'The engine is stopped for the rest of each period once it has used its share: stalls in every metric.',
    severity: 'warn',
    command: quotaFile === null ? '' : writing(facts, word, quotaFile),
  };
};

/** Whether this process may use every processor. */
export const affinity: Check = ({ host }) => {
  const { allowed, online } = host.cpu;
  if (isAbsent(allowed) || isAbsent(online)) return null;
  const common = {
    id: 'affinity',
    title: 'processors allowed',
    found: `${allowed} of ${online}`,
    command: '',
  };
  return allowed === online
    ? { ...common, meaning: 'The engine may use all of them.', severity: 'ok' }
    : {
        ...common,
        meaning: 'An affinity or cpuset leaves the engine a part of the machine.',
        severity: 'note',
      };
};

/** Other people's work. */
export const foreignLoad: Check = ({ load }) => {
  const common = { id: 'cpu-load', title: 'other CPU load', command: '' };
  if (isAbsent(load))
    return { ...common, found: load.absent, meaning: 'Other work would not be seen.', severity: 'note' };
  const names = load.busiest.map(({ pid, name, percent }) => `${name} (pid ${pid}) ${percent} %`);
  const found = [`${load.busyPercent} % of all processors`, ...names].join(', ');
  if (load.busyPercent < noticedPercent)
    return { ...common, found, meaning: 'The processors are free.', severity: 'ok' };
  return {
    ...common,
    found,
    meaning: 'It takes time from engine and client, and its share changes between runs; let it end first.',
    severity: load.busyPercent < disturbingPercent ? 'note' : 'warn',
  };
};

/** Time the hypervisor gave to others. */
export const steal: Check = ({ host, load }) => {
  const { hypervisor } = host.cpu;
  if (isAbsent(load) || hypervisor === 'none') return null;
  const name = isAbsent(hypervisor) ? '' : ` (${hypervisor})`;
  const common = { id: 'steal', title: 'steal', found: `${load.stealPercent} %${name}`, command: '' };
  return load.stealPercent <= 1
    ? { ...common, meaning: 'A virtual machine, whose processors are its own just now.', severity: 'ok' }
    : {
        ...common,
        meaning:
          "Other virtual machines take this one's processors; no setting here changes that, another hour may.",
        severity: 'warn',
      };
};

/** What a time stamp costs. */
export const clockSource: Check = (facts) => {
  const { clocksource: found } = facts.host;
  if (isAbsent(found)) return null;
  const common = { id: 'clock-source', title: 'clock source', found };
  if (/^(?:tsc|kvm-clock|arch_sys_counter|hyperv_clocksource\w*|xen)$/.test(found))
    return { ...common, meaning: 'A time stamp costs tens of nanoseconds.', severity: 'ok', command: '' };
  const { clocksources } = facts.host.system;
  const hasTsc = !isAbsent(clocksources) && clocksources.split(' ').includes('tsc');
  const path = '/sys/devices/system/clocksource/clocksource0/current_clocksource';
  return {
    ...common,
    meaning: 'Every time stamp costs a microsecond or more, in the client and in the engine.',
    severity: 'warn',
    command: hasTsc ? writing(facts, 'tsc', path) : '',
  };
};

/** Whether wall times can be compared. */
export const clockSync: Check = (facts) => {
  const { isClockSynced } = facts;
  const common = { id: 'clock-sync', title: 'clock sync' };
  const meaning =
    'Intervals are taken from the monotonic clock; only times of different machines hang on it.';
  if (isAbsent(isClockSynced))
    return { ...common, found: isClockSynced.absent, meaning, severity: 'note', command: '' };
  if (isClockSynced) return { ...common, found: 'synchronized', meaning, severity: 'ok', command: '' };
  const command = asRoot(facts, 'timedatectl set-ntp true');
  return { ...common, found: 'not synchronized', meaning, severity: 'note', command };
};
