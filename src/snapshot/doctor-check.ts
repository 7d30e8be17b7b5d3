import type { DoctorFacts } from './doctor-facts.ts';
import type { PackageTool } from './doctor-tree.ts';

/** What one check has to say. */
export interface Checkup {
  /** For programs: `cpu-governor`. */
  readonly id: string;
  /** For people: `CPU governor`. */
  readonly title: string;
  readonly found: string;
  /** What it means for a number, one sentence. */
  readonly meaning: string;
  readonly severity: Severity;
  /** What mends it on this machine; empty when there is nothing to mend, or no command does. */
  readonly command: string;
}

/**
 * `ok`: nothing to do. `note`: worth knowing, moves numbers at times. `warn`: numbers are worse or waver. `bad`: nothing can
 * be measured here until it is mended.
 */
export type Severity = 'ok' | 'note' | 'warn' | 'bad';

/** Looks at one side of the facts; nothing where there is nothing to say. */
export type Check = (facts: DoctorFacts) => Checkup | null;

/** A command as this user must type it. */
export function asRoot(facts: Pick<DoctorFacts, 'isRoot'>, command: string): string {
  return facts.isRoot ? command : `sudo ${command}`;
}

/** Writing a word into a file of the kernel's. */
export function writing(facts: Pick<DoctorFacts, 'isRoot'>, word: string, path: string): string {
  return `echo ${word} | ${asRoot(facts, `tee ${path}`)}`;
}

const installers: { readonly [tool in PackageTool]: string } = {
  apt: 'apt install',
  dnf: 'dnf install',
  pacman: 'pacman -S',
  zypper: 'zypper install',
  apk: 'apk add',
};

/** Installing a package that has the same name everywhere; empty where nobody knows how. */
export function installing(facts: Pick<DoctorFacts, 'isRoot' | 'tree'>, name: string): string {
  const { packages } = facts.tree;
  return packages === null ? '' : asRoot(facts, `${installers[packages]} ${name}`);
}
