import { type Check, installing } from './doctor-check.ts';
import { isAbsent } from './probe.ts';

/** For venvs. */
export const python: Check = (facts) => {
  const found = facts.tools.python;
  const common = { id: 'python', title: 'Python' };
  return isAbsent(found)
    ? {
        ...common,
        found: found.absent,
        meaning: 'Venvs with a lock file cannot be made; engines without one run all the same.',
        severity: 'note',
        command: installing(facts, facts.tree.packages === 'apt' ? 'python3 python3-venv' : 'python3'),
      }
    : { ...common, found, meaning: 'Venvs can be made from their lock files.', severity: 'ok', command: '' };
};

/** Faster venvs. */
export const uv: Check = (facts) => {
  const found = facts.tools.uv;
  const common = { id: 'uv', title: 'uv' };
  return isAbsent(found)
    ? {
        ...common,
        found: `${found.absent}; pip instead`,
        meaning: 'Venvs are made with pip: the same files, more slowly.',
        severity: 'ok',
        command: 'pipx install uv',
      }
    : {
        ...common,
        found: found.replace(/^uv /, ''),
        meaning: 'Venvs are made with it.',
        severity: 'ok',
        command: '',
      };
};

/** For `image:`. */
export const containerRuntime: Check = (facts) => {
  const found = facts.tools.container;
  const common = { id: 'container', title: 'container runtime' };
  return isAbsent(found)
    ? {
        ...common,
        found: found.absent,
        meaning: 'Experiments with `image:` cannot run.',
        severity: 'note',
        command: /neither is on PATH/.test(found.absent)
          ? installing(facts, facts.tree.packages === 'apt' ? 'podman catatonit' : 'podman')
          : 'podman info || docker info',
      }
    : { ...common, found, meaning: 'Experiments with `image:` can run.', severity: 'ok', command: '' };
};

/** For the list of parts. */
export const lshw: Check = (facts) => {
  const found = facts.tools.lshw;
  const common = { id: 'lshw', title: 'lshw' };
  return isAbsent(found)
    ? {
        ...common,
        found: found.absent,
        meaning: "The snapshot has no list of the machine's parts (memory modules, network cards, firmware).",
        severity: 'note',
        command: installing(facts, 'lshw'),
      }
    : { ...common, found, meaning: "The snapshot lists the machine's parts.", severity: 'ok', command: '' };
};
