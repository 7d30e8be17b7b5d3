import { asRoot, type Check, type Checkup, installing, type Severity } from './doctor-check.ts';
import type { DoctorFacts } from './doctor-facts.ts';
import type { GpuDetail } from './gpu-xml.ts';
import { isAbsent } from './probe.ts';

/** Whether bench sees the GPUs there are. */
export const gpuTools: Check = (facts) => {
  const { gpu, tree, host } = facts;
  const common = { id: 'gpu-tools', title: 'GPU tools' };
  const cards = isAbsent(tree.cards) ? { nvidia: 0, amd: 0 } : tree.cards;
  if (!isAbsent(gpu) && gpu.gpus.length > 0) {
    const found = `nvidia-smi, ${gpu.gpus.length} GPU${gpu.gpus.length === 1 ? '' : 's'}, driver ${gpu.gpus[0]?.driver}`;
    return {
      ...common,
      found,
      meaning: 'The snapshot names cards, driver and clocks.',
      severity: 'ok',
      command: '',
    };
  }
  const hasModule = !isAbsent(host.system.nvidiaModule);
  const why = isAbsent(gpu) ? gpu.absent : 'nvidia-smi names none';
  if (cards.nvidia === 0 && !hasModule) {
    const amd = cards.amd > 0;
    return {
      ...common,
      found: amd ? `${cards.amd} AMD` : 'no NVIDIA GPU',
      meaning: amd
        ? 'bench reads NVIDIA cards only: the snapshot will say nothing of this one.'
        : 'Only engines that run on the CPU can be measured.',
      severity: amd ? 'note' : 'ok',
      command: '',
    };
  }
  return {
    ...common,
    found: `${hasModule ? 'driver loaded' : `${cards.nvidia} NVIDIA, no driver loaded`}; ${why}`,
    meaning: hasModule
      ? 'The snapshot cannot name cards, driver and clocks, and locks cannot tell GPUs apart.'
      : 'No engine can use the GPU.',
    severity: 'warn',
    command: repair(facts, hasModule, why),
  };
};

function repair(facts: DoctorFacts, hasModule: boolean, why: string): string {
  // After an update the library is newer than the loaded module.
  if (/mismatch/i.test(why)) return asRoot(facts, 'reboot');
  if (!hasModule && facts.tree.packages === 'apt') return installing(facts, 'nvidia-driver');
  if (!hasModule) return asRoot(facts, 'modprobe nvidia');
  return facts.tree.packages === 'apt' ? installing(facts, 'nvidia-smi') : '';
}

/** Who else uses the GPUs. */
export const gpuNeighbours: Check = (facts) =>
  eachGpu(
    facts,
    ({ processes }) => {
      const names = processes.map(({ pid, name, usedMiB }) => {
        const program = name === null ? '' : ` ${name.slice(name.lastIndexOf('/') + 1)}`;
        return `pid ${pid}${program}${usedMiB === null ? '' : `, ${usedMiB} MiB`}`;
      });
      return names.length === 0 ? null : { found: names.join('; '), command: '' };
    },
    {
      id: 'gpu-neighbours',
      title: 'other GPU processes',
      none: 'none',
      good: 'The GPUs are free.',
      meaning: 'They take memory from the KV cache and time from the kernels; end them first.',
      severity: 'warn',
    },
  );

/** Whether the driver stays when nobody uses it. */
export const gpuPersistence: Check = (facts) =>
  eachGpu(
    facts,
    ({ persistence }) => (persistence === false ? { found: 'off', command: 'nvidia-smi -pm 1' } : null),
    {
      id: 'gpu-persistence',
      title: 'GPU persistence',
      none: 'on',
      good: 'The driver stays up between launches.',
      meaning:
        'The driver sets the card up anew at each start, which is in the ready time and resets clock settings.',
      severity: 'note',
    },
  );

/** A cap below the maker's. */
export const gpuPower: Check = (facts) =>
  eachGpu(
    facts,
    ({ powerW }, index) => {
      const { current_power_limit: limit, default_power_limit: usual } = powerW;
      if (limit === undefined || usual === undefined || limit >= usual) return null;
      return { found: `${limit} W of ${usual} W`, command: `nvidia-smi -i ${index} -pl ${usual}` };
    },
    {
      id: 'gpu-power',
      title: 'GPU power limit',
      none: 'as the maker set it, or higher',
      good: 'No lower cap slows the card.',
      meaning:
        'The card clocks down under load to stay below it; fine if you mean it, and the snapshot says so.',
      severity: 'note',
    },
  );

const slowing = /slowdown|brake/;

/** What holds the clocks down now. */
export const gpuThrottle: Check = (facts) =>
  eachGpu(
    facts,
    ({ eventReasons, temperatureC }) => {
      const reasons = (eventReasons ?? []).filter((reason) => slowing.test(reason));
      const degrees = temperatureC.gpu_temp === undefined ? '' : ` at ${temperatureC.gpu_temp} °C`;
      return reasons.length === 0 ? null : { found: `${reasons.join(', ')}${degrees}`, command: '' };
    },
    {
      id: 'gpu-throttle',
      title: 'GPU slowed down',
      none: 'not now',
      good: 'Neither heat nor the power supply slows the cards at this moment.',
      meaning: 'Heat or the power supply slows it: every number is too low; see to the cooling first.',
      severity: 'warn',
    },
  );

/** A monitor on the card that computes. */
export const gpuDisplay: Check = (facts) =>
  eachGpu(
    facts,
    ({ displayActive }) =>
      displayActive === true
        ? { found: 'drives a display', command: 'systemctl isolate multi-user.target' }
        : null,
    {
      id: 'gpu-display',
      title: 'GPU display',
      none: 'none drives one',
      good: 'No desktop shares the cards.',
      meaning: 'The desktop takes memory and time from the engine.',
      severity: 'note',
    },
  );

/** A card in a narrow slot, or a bad contact. */
export const gpuLink: Check = (facts) =>
  eachGpu(
    facts,
    ({ pcie }) =>
      pcie.width !== null && pcie.maxWidth !== null && pcie.width < pcie.maxWidth
        ? { found: `x${pcie.width} of x${pcie.maxWidth}`, command: '' }
        : null,
    {
      id: 'gpu-link',
      title: 'PCIe width',
      none: 'full',
      good: 'The cards have all their lanes.',
      meaning:
        'Loading weights, and tensor parallelism over PCIe, take longer; look at the slot and the contact.',
      severity: 'note',
    },
  );

/** Settings that wait for a reset. */
export const gpuPending: Check = (facts) =>
  eachGpu(
    facts,
    ({ ecc, mig }, index) => {
      const settings = { ECC: ecc, MIG: mig };
      const waiting = Object.entries(settings).flatMap(([name, { current, pending }]) =>
        pending !== null && current !== null && pending !== current
          ? [`${name} ${current}, then ${pending}`]
          : [],
      );
      return waiting.length === 0
        ? null
        : { found: waiting.join('; '), command: `nvidia-smi -i ${index} --gpu-reset` };
    },
    {
      id: 'gpu-pending',
      title: 'GPU settings pending',
      none: 'none',
      good: 'The cards are set as they will be after a reset.',
      meaning: 'The next reset changes memory or partitions, and with them the numbers.',
      severity: 'note',
    },
  );

interface Words {
  readonly id: string;
  readonly title: string;
  /** Found where no card has anything, and what that means. */
  readonly none: string;
  readonly good: string;
  readonly meaning: string;
  readonly severity: Severity;
}

/** One checkup over all cards; null where no card can be seen. */
function eachGpu(
  facts: DoctorFacts,
  look: (gpu: GpuDetail, index: number) => { readonly found: string; readonly command: string } | null,
  { id, title, none, good, meaning, severity }: Words,
): Checkup | null {
  const { gpuState } = facts;
  if (isAbsent(gpuState) || gpuState.gpus.length === 0) return null;
  const seen = gpuState.gpus.flatMap((gpu, index) => {
    const one = look(gpu, index);
    return one === null ? [] : [{ ...one, index }];
  });
  if (seen.length === 0) return { id, title, found: none, meaning: good, severity: 'ok', command: '' };
  const commands = [...new Set(seen.map(({ command }) => command).filter((command) => command !== ''))];
  return {
    id,
    title,
    found: seen.map(({ index, found }) => `GPU ${index}: ${found}`).join('; '),
    meaning,
    severity,
    command: commands.map((command) => asRoot(facts, command)).join(' && '),
  };
}
