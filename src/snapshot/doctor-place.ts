import { formatBytes } from '../units.ts';
import { type Check, type Checkup, installing } from './doctor-check.ts';
import type { DiskFacts, DoctorFacts } from './doctor-facts.ts';
import { isAbsent } from './probe.ts';

/** Where engines can be started at all. */
export const platform: Check = ({ platform: found }) => {
  const common = { id: 'platform', title: 'system', found, command: '' };
  return found === 'linux'
    ? { ...common, meaning: 'Engines can be started and watched here.', severity: 'ok' }
    : {
        ...common,
        meaning: 'Only servers that run elsewhere (engine: openai) can be measured.',
        severity: 'bad',
      };
};

/** The oldest that bench runs on, and this one. */
export const node: Check = ({ nodeVersion: found }) => {
  const [major = 0, minor = 0] = found.replace(/^v/, '').split('.').map(Number);
  const common = { id: 'node', title: 'node', found };
  return major > 20 || (major === 20 && minor >= 19)
    ? { ...common, meaning: "bench's client runs on it.", severity: 'ok', command: '' }
    : { ...common, meaning: 'bench needs 20.19 or newer.', severity: 'bad', command: 'nvm install 20' };
};

/** What holds an engine's processes. */
export const cgroup: Check = ({ containment }) => {
  const { leafProblem } = containment;
  const common = { id: 'cgroup', title: 'cgroup v2 leaf' };
  if (leafProblem === null) {
    const meaning = 'Nothing an engine starts can outlive a run.';
    return { ...common, found: 'can be made and used', meaning, severity: 'ok', command: '' };
  }
  return {
    ...common,
    found: leafProblem,
    meaning:
      'Engines are held by their process group: one that leaves it and its parent could disturb what runs next.',
    severity: 'note',
    command: /^no cgroup can be used below/.test(leafProblem)
      ? 'systemd-run --user --scope -p Delegate=yes bash'
      : '',
  };
};

/** Engines of benches that were killed together with their guard. */
export const staleLeaves: Check = ({ containment }) => {
  const { staleLeaves: leaves } = containment;
  if (leaves.length === 0) return null;
  return {
    id: 'stale-leaves',
    title: 'leftover engines',
    found: leaves.join(', '),
    meaning: 'What a killed bench left may still compute; the next run ends it.',
    severity: 'warn',
    command: leaves.map((path) => `echo 1 > ${path}/cgroup.kill && rmdir ${path}`).join('; '),
  };
};

/** Whether another measurement holds the machine. */
export const heldLock: Check = ({ locks }) => {
  const common = { id: 'lock', title: 'measurement lock', command: '' };
  if (isAbsent(locks)) {
    const meaning = 'Another measurement would not be seen.';
    return { ...common, found: locks.absent, meaning, severity: 'note' };
  }
  if (locks.length === 0)
    return { ...common, found: 'free', meaning: 'Nothing else is measured on this machine.', severity: 'ok' };
  return {
    ...common,
    found: locks.map(({ holder }) => holder).join('; '),
    meaning: 'A second measurement would disturb both, so it is refused; add --wait to queue.',
    severity: 'note',
  };
};

const oldestGit = [2, 31] as const;

/** Whether rows can be committed. */
export const git: Check = (facts) => {
  const { tools, repo } = facts;
  const common = { id: 'git', title: 'git' };
  if (isAbsent(tools.git)) {
    const meaning = 'Rows are written, but nothing holds them and the experiments together.';
    return {
      ...common,
      found: tools.git.absent,
      meaning,
      severity: 'warn',
      command: installing(facts, 'git'),
    };
  }
  const found = tools.git.replace(/^git version /, '');
  const [major = 0, minor = 0] = found.split('.').map(Number);
  if (major < oldestGit[0] || (major === oldestGit[0] && minor < oldestGit[1])) {
    const meaning = `bench needs git ${oldestGit.join('.')} or newer in a repository.`;
    const severity = isAbsent(repo) || repo.kind === 'normal' ? 'bad' : 'warn';
    return { ...common, found, meaning, severity, command: installing(facts, 'git') };
  }
  return { ...common, found, meaning: 'Rows can be committed.', severity: 'ok', command: '' };
};

/** The repository that the ledger is in. */
export const repository: Check = (facts) => {
  const { repo } = facts;
  const common = { id: 'repository', title: 'repository' };
  const say = (found: string, meaning: string, severity: Checkup['severity'], command = ''): Checkup => {
    return { ...common, found, meaning, severity, command };
  };
  if (isAbsent(repo))
    return say(repo.absent, 'git refuses to look at it; bench would be refused too.', 'bad');
  if (repo.kind === 'none')
    return say(
      repo.note ?? 'not a git repository',
      'Rows are written and not committed.',
      'note',
      'git init',
    );
  if (repo.kind === 'bare')
    return say('bare', 'It has no working tree for the ledger.', 'bad', 'git worktree add ../work');
  if (repo.inProgress !== null && repo.inProgress !== 'bisect')
    return say(
      `a ${repo.inProgress} is in progress`,
      'A row written now could end up in it, so runs are refused.',
      'bad',
      `git ${repo.inProgress} --continue`,
    );
  if (repo.branch === null)
    return say('HEAD is detached', 'Rows are written and not committed.', 'note', 'git switch -c measuring');
  if (!repo.hasIdentity)
    return say(
      'git does not know who you are',
      'Rows are written and not committed.',
      'note',
      'git config --global user.name "Your Name" && git config --global user.email you@example.org',
    );
  if (repo.commitSetting === false)
    return say(
      'bench.commit is false',
      'Rows are written and not committed.',
      'note',
      'git config --unset bench.commit',
    );
  return say(`on ${repo.branch.replace('refs/heads/', '')}`, 'Rows are committed here.', 'ok');
};

/** A run's own files take megabytes; models, venvs and images take the rest. */
const [leastBytes, comfortableBytes] = [64 << 20, 5 * 2 ** 30];

/** Room and rights where runs write. */
export const disks: (facts: DoctorFacts) => Checkup[] = (facts) => facts.disks.map(disk);

function disk({ name, path, freeBytes, isWritable }: DiskFacts): Checkup {
  const common = {
    id: `disk-${name.split(' ')[0]}`,
    title: `room for ${name === 'repository' ? 'the repository' : name}`,
  };
  if (!isWritable) {
    const meaning = 'A run cannot write its files here.';
    return {
      ...common,
      found: `${path} is not writable`,
      meaning,
      severity: 'bad',
      command: `sudo chown "$USER" ${path}`,
    };
  }
  if (isAbsent(freeBytes))
    return {
      ...common,
      found: freeBytes.absent,
      meaning: 'Nothing says how much is free.',
      severity: 'note',
      command: '',
    };
  const found = `${formatBytes(freeBytes)} free at ${path}`;
  const enough = name === 'temporary files' ? 2 ** 30 : comfortableBytes;
  if (freeBytes >= enough)
    return {
      ...common,
      found,
      meaning: 'There is room for bundles and caches.',
      severity: 'ok',
      command: '',
    };
  return {
    ...common,
    found,
    meaning:
      freeBytes < leastBytes
        ? 'A run would end in the middle.'
        : 'A venv, a model or a compile cache may not fit; make room.',
    severity: freeBytes < leastBytes ? 'bad' : 'warn',
    command: '',
  };
}
