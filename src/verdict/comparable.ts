import { canonicalJson, type Json } from '../canonical.ts';
import { jsonText, nodeOf, nodesOf, textIn } from '../json-node.ts';
import { factName, gpuPolicyName } from './fact-names.ts';

/** What is known of the conditions of a run. */
export interface Conditions {
  /** As the row has it; null: not known. */
  readonly fingerprint: string | null;
  /** The facts behind it, as the record has them; null: not recorded. */
  readonly facts: Json;
  readonly workload: string | null;
  /** The resolved experiment's values below `workload`, by path; empty: not recorded. */
  readonly workloadValues: readonly { readonly path: string; readonly value: Json }[];
  /** sha256 of the file of queries; null: not recorded. */
  readonly queriesSha256: string | null;
  readonly metricVersion: number | null;
}

/** Something that is not the same for both. */
export interface ConditionDifference {
  /** `kernel`, `workload.limit`, `cpuPolicy.governor` ... */
  readonly fact: string;
  readonly a: string;
  readonly b: string;
  /** As a phrase: `kernel 6.1.0 -> 6.2.0`. */
  readonly text: string;
}

/** What must match for two runs to be comparable and does not; `unknown` where a run does not say enough to know. */
export interface Comparability {
  readonly state: 'yes' | 'no' | 'unknown';
  readonly differences: readonly ConditionDifference[];
  /** What could not be looked at, as sentences. */
  readonly unknown: readonly string[];
}

/** Whether the numbers of two runs may be set against each other, by the parts of their fingerprints. Pure. */
export function compareConditions(a: Conditions, b: Conditions): Comparability {
  const workload = workloadDifferences(a, b);
  const facts = factDifferences(a, b);
  const hasFacts = isRecorded(a.facts) && isRecorded(b.facts);
  const unexplained =
    facts.length + workload.length === 0 && isOther(a.fingerprint, b.fingerprint)
      ? [difference('fingerprint', 'fingerprint', a.fingerprint, b.fingerprint)]
      : [];
  const differences = [...facts, ...workload, ...unexplained];
  const unknown = [
    ...(a.workload === null || b.workload === null ? ['which workload was asked'] : []),
    ...(hasFacts || (a.fingerprint !== null && b.fingerprint !== null) ? [] : ['which machine it was']),
  ];
  return {
    state: differences.length > 0 ? 'no' : unknown.length > 0 ? 'unknown' : 'yes',
    differences,
    unknown,
  };
}

function isRecorded(facts: Json): boolean {
  return Object.keys(nodeOf(facts)).length > 0;
}

function isOther(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other;
}

function factDifferences(a: Conditions, b: Conditions): ConditionDifference[] {
  if (!isRecorded(a.facts) || !isRecorded(b.facts)) return versionDifference(a, b);
  const [one, other] = [leavesOf(a.facts), leavesOf(b.facts)];
  const names = [...new Set([...one.keys(), ...other.keys()])];
  return names.flatMap((name) => {
    const [from, to] = [one.get(name) ?? null, other.get(name) ?? null];
    return canonicalJson(from) === canonicalJson(to) ? [] : [difference(name, factName(name), from, to)];
  });
}

/** Without the facts, the summaries still say by which definitions they were computed. */
function versionDifference(a: Conditions, b: Conditions): ConditionDifference[] {
  if (a.metricVersion === null || b.metricVersion === null || a.metricVersion === b.metricVersion) return [];
  return [difference('metricVersion', factName('metricVersion'), a.metricVersion, b.metricVersion)];
}

/** Facts by dotted name; GPUs by UUID as one fact, and what they are set to by their place. */
function leavesOf(facts: Json): Map<string, Json> {
  const { gpus, workloadHash: _workload, ...rest } = nodeOf(facts);
  const leaves = new Map<string, Json>();
  const add = (name: string, value: Json | undefined): void => {
    const members = Object.entries(nodeOf(value));
    if (members.length === 0) leaves.set(name, value ?? null);
    for (const [member, inner] of members) add(`${name}.${member}`, inner);
  };
  for (const [name, value] of Object.entries(rest)) add(name, value);
  const cards = nodesOf(gpus);
  leaves.set(
    'gpus',
    cards.map((card) => `${textIn(card, 'model')} ${textIn(card, 'uuid')}`.trim()),
  );
  for (const [place, card] of cards.entries())
    for (const [name, value] of Object.entries(nodeOf(card.policy)))
      leaves.set(gpuPolicyName(name, place), value ?? null);
  return leaves;
}

function workloadDifferences(a: Conditions, b: Conditions): ConditionDifference[] {
  if (!isOther(a.workload, b.workload)) return [];
  const [one, other] = [a, b].map(
    ({ workloadValues }) => new Map(workloadValues.map(({ path, value }) => [path, value])),
  ) as [Map<string, Json>, Map<string, Json>];
  const isKnown = one.size > 0 && other.size > 0;
  const names = isKnown ? [...new Set([...one.keys(), ...other.keys()])] : [];
  const values = names.flatMap((name) => {
    const [from, to] = [one.get(name) ?? null, other.get(name) ?? null];
    if (canonicalJson(from) === canonicalJson(to)) return [];
    return [difference(`workload.${name}`, `workload: ${name}`, from, to)];
  });
  const queries = isOther(a.queriesSha256, b.queriesSha256)
    ? [otherQueries(String(one.get('queries') ?? 'queries'), a, b)]
    : [];
  const found = [
    ...values.filter(({ fact }) => queries.length === 0 || fact !== 'workload.queries'),
    ...queries,
  ];
  return found.length > 0 ? found : [difference('workload', 'workload', a.workload, b.workload)];
}

function otherQueries(path: string, a: Conditions, b: Conditions): ConditionDifference {
  const [from, to] = [a, b].map(({ queriesSha256 }) => queriesSha256?.slice(0, 12) ?? '') as [string, string];
  return {
    fact: 'workload.queries',
    a: from,
    b: to,
    text: `workload: other queries in ${path} (${from} -> ${to})`,
  };
}

function difference(fact: string, name: string, from: Json, to: Json): ConditionDifference {
  const [a, b] = [jsonText(from), jsonText(to)];
  return { fact, a, b, text: `${name} ${a} -> ${b}` };
}
