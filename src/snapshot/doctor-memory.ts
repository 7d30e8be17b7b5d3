import { formatBytes } from '../units.ts';
import { asRoot, type Check, writing } from './doctor-check.ts';
import { isAbsent } from './probe.ts';

/** Pages of 2 MiB without being asked for. */
export const hugePages: Check = (facts) => {
  const { transparentHugepages: found } = facts.host.memory;
  if (isAbsent(found)) return null;
  const common = { id: 'huge-pages', title: 'huge pages (THP)', found };
  if (found !== 'never')
    return { ...common, meaning: 'Weights in memory can have large pages.', severity: 'ok', command: '' };
  return {
    ...common,
    meaning: 'Inference on the CPU is slower without large pages, by 15 % and more; a GPU hardly cares.',
    severity: 'note',
    command: writing(facts, 'madvise', '/sys/kernel/mm/transparent_hugepage/enabled'),
  };
};

/** Memory on the disk. */
export const swap: Check = (facts) => {
  const { swapTotalBytes, swappiness } = facts.host.memory;
  const { swapUsedBytes } = facts.tree;
  if (isAbsent(swapTotalBytes)) return null;
  const common = { id: 'swap', title: 'swap' };
  if (swapTotalBytes === 0)
    return {
      ...common,
      found: 'none',
      meaning: 'Nothing can be moved out of memory.',
      severity: 'ok',
      command: '',
    };
  const used = isAbsent(swapUsedBytes) ? 0 : swapUsedBytes;
  const how = isAbsent(swappiness) ? '' : `, swappiness ${swappiness}`;
  return {
    ...common,
    found: `${formatBytes(used)} of ${formatBytes(swapTotalBytes)} used${how}`,
    meaning: 'Weights that were moved out come back from the disk in the middle of a request.',
    severity: used > 0 ? 'warn' : 'note',
    command: asRoot(facts, 'swapoff -a'),
  };
};

/** What is left for an engine. */
export const freeMemory: Check = ({ host }) => {
  const { availableBytes, totalBytes } = host.memory;
  if (isAbsent(availableBytes) || isAbsent(totalBytes)) return null;
  const common = {
    id: 'memory',
    title: 'free memory',
    found: `${formatBytes(availableBytes)} of ${formatBytes(totalBytes)}`,
    command: '',
  };
  return availableBytes * 5 >= totalBytes
    ? { ...common, meaning: 'There is room for weights and page cache.', severity: 'ok' }
    : {
        ...common,
        meaning:
          'Weights may be read from the disk again, or the kernel end the engine; end what holds memory.',
        severity: 'warn',
      };
};

/** Pages moved between NUMA nodes while the engine runs. */
export const numaBalancing: Check = (facts) => {
  const { numaBalancing: setting, numa } = facts.host.memory;
  if (isAbsent(setting) || isAbsent(numa)) return null;
  const nodes = numa.length === 1 ? 'one NUMA node' : `${numa.length} NUMA nodes`;
  const common = { id: 'numa-balancing', title: 'NUMA balancing' };
  if (setting === '0' || numa.length < 2) {
    const found = `${setting === '0' ? 'off' : 'on'}, ${nodes}`;
    return { ...common, found, meaning: 'No page is moved during a request.', severity: 'ok', command: '' };
  }
  return {
    ...common,
    found: `on, ${nodes}`,
    meaning:
      'The kernel stops threads for milliseconds to move their pages; bind the engine to a node instead.',
    severity: 'warn',
    command: asRoot(facts, 'sysctl kernel.numa_balancing=0'),
  };
};

/** Fewer than these, and a busy server runs out of sockets and files. */
const enoughFiles = 4096;

/** How many files and sockets an engine may have. */
export const openFiles: Check = ({ tree }) => {
  const { openFiles: limit } = tree;
  if (isAbsent(limit)) return null;
  const common = { id: 'open-files', title: 'open files', found: `${limit.soft ?? 'unlimited'} at most` };
  if (limit.soft === null || limit.soft >= enoughFiles)
    return { ...common, meaning: 'Enough for libraries and open streams.', severity: 'ok', command: '' };
  return {
    ...common,
    meaning: 'An engine with many streams runs out of them and refuses requests.',
    severity: 'warn',
    command: `ulimit -n ${limit.hard ?? 1048576}`,
  };
};

/** How much memory may be pinned. */
export const lockedMemory: Check = ({ tree, isRoot }) => {
  const { lockedMemory: limit } = tree;
  if (isAbsent(limit)) return null;
  const found = limit.soft === null ? 'unlimited' : `${formatBytes(limit.soft)} at most`;
  const common = { id: 'locked-memory', title: 'locked memory', found };
  if (limit.soft === null)
    return { ...common, meaning: 'Weights and transfer buffers can be pinned.', severity: 'ok', command: '' };
  const canRaise = isRoot || limit.hard === null;
  return {
    ...common,
    meaning:
      'Pinning weights (--mlock) or buffers of a fast network fails or falls back, with a line in the log.',
    severity: 'note',
    command: canRaise
      ? 'ulimit -l unlimited'
      : "echo '* - memlock unlimited' | sudo tee /etc/security/limits.d/bench.conf",
  };
};
