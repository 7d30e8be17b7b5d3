import type { Json } from '../canonical.ts';
import { absentReason, type JsonNode, nodeOf, nodesOf, textIn, textsOf } from '../json-node.ts';

/** The processes of one snapshot, each under the part it plays, which another start has again: never its pid. */
export interface ProcessRoles {
  /** Part -> what it is called by people, for those that lived when the snapshot was taken. */
  readonly roles: { readonly [role: string]: string };
  /** Those that had ended by then: helpers that a slower look may have missed. */
  readonly passing: { readonly [role: string]: string };
  /** Part -> its environment in full and what the kernel says of it. */
  readonly processes: { readonly [role: string]: JsonNode };
}

interface Named {
  readonly process: JsonNode;
  readonly pid: Json | undefined;
  readonly parent: Json | undefined;
  readonly shape: string;
}

/** Programs that say nothing of what they run. */
const interpreters = /^(?:python[\d.]*|pypy[\d.]*|node|sh|bash|dash|pt_main_thread)$/;

/**
 * Names every process by its place in the tree, its title without numbers, and its turn among its like; so
 * `VLLM::Worker_TP1` of one start is compared with that of another.
 */
export function processRoles(processes: Json | undefined): ProcessRoles {
  const all = nodesOf(processes);
  const root = all[0];
  const named = all.map((process) => ({
    process,
    pid: process.pid,
    parent: process.ppid,
    shape: shapeOf(process),
  }));
  const roles: Record<string, string> = {};
  const passing: Record<string, string> = {};
  const views: Record<string, JsonNode> = {};
  for (const one of named) {
    const role = roleOf(one, named);
    const isLiving = absentReason(one.process.kernel) === null;
    (isLiving ? roles : passing)[role] = nameOf(one, named);
    if (isLiving) {
      const view: JsonNode = { env: fullEnv(one.process, root), kernel: kernelOf(one.process.kernel) };
      views[role] = view;
    }
  }
  return { roles, passing, processes: views };
}

/** Older documents have the kernel's number of the policy that most processes have. */
function kernelOf(kernel: Json | undefined): Json | undefined {
  const { schedulingPolicy } = nodeOf(kernel);
  return schedulingPolicy === '0' ? { ...nodeOf(kernel), schedulingPolicy: 'other' } : kernel;
}

/** From the first process down: `first > VLLM::EngineCore #0 > VLLM::Worker_TP #1`. */
function roleOf(one: Named, all: readonly Named[]): string {
  if (one === all[0]) return 'first';
  // A pid that was used twice: its parent is the latest before it that had the number.
  const parent = all.slice(0, all.indexOf(one)).findLast(({ pid }) => pid === one.parent);
  return `${parent === undefined ? 'orphan' : roleOf(parent, all)} > ${one.shape} #${likeIt(one, all).indexOf(one)}`;
}

/** Processes of the same parent and shape that lived as long, in the order in which they were born. */
function likeIt(one: Named, all: readonly Named[]): readonly Named[] {
  const hasEnded = ({ process }: Named): boolean => absentReason(process.kernel) !== null;
  return all.filter(
    (other) =>
      other !== all[0] &&
      other.parent === one.parent &&
      other.shape === one.shape &&
      hasEnded(other) === hasEnded(one),
  );
}

/** The title it gave itself, else its program and the shape of its arguments, without what differs between its like. */
function shapeOf(process: JsonNode): string {
  const comm = textIn(process, 'comm');
  const [program = comm, ...rest] = textsOf(process.argv);
  const title = /::/.test(program) ? program.split(/\s/)[0] : comm;
  if (title !== undefined && title !== '' && !interpreters.test(title)) return withoutNumbers(title);
  const words = rest.filter((word) => !word.startsWith('/')).slice(0, 2);
  return withoutNumbers([baseName(program), ...words].join(' ')).slice(0, 60);
}

function nameOf(one: Named, all: readonly Named[]): string {
  if (one === all[0]) return "the engine's first process";
  const env = { ...nodeOf(one.process.env), ...nodeOf(nodeOf(one.process.envFromRoot).added) };
  const stated = [env.RANK, env.LOCAL_RANK].find((rank) => typeof rank === 'string' && /^\d+$/.test(rank));
  const siblings = likeIt(one, all);
  const titled = /(?:TP|rank)_?(\d+)/i.exec(
    `${textIn(one.process, 'comm')} ${textsOf(one.process.argv)[0]}`,
  )?.[1];
  const isRanked = siblings.length > 1 && /worker|scheduler|rank|tp|spawn|fork/i.test(one.shape);
  const rank = stated ?? titled ?? (isRanked ? String(siblings.indexOf(one)) : undefined);
  if (rank !== undefined) return `rank ${rank}`;
  return siblings.length > 1 ? `${one.shape} ${siblings.indexOf(one) + 1} of ${siblings.length}` : one.shape;
}

/** What it was started with: of all but the first, the snapshot holds only what differs from the first's. */
function fullEnv(process: JsonNode, root: JsonNode | undefined): Json | undefined {
  if (process.env !== undefined) return process.env;
  const reason = absentReason(process.envFromRoot);
  if (reason !== null || process.envFromRoot === undefined) return { absent: reason ?? 'not told' };
  const { added, removed, changed } = nodeOf(process.envFromRoot);
  const gone = new Set(textsOf(removed));
  const kept = Object.entries(nodeOf(root?.env)).filter(([name]) => !gone.has(name));
  const turned = Object.entries(nodeOf(changed)).map(([name, change]) => [name, nodeOf(change).to ?? null]);
  return { ...Object.fromEntries(kept), ...Object.fromEntries(turned), ...nodeOf(added) };
}

function withoutNumbers(text: string): string {
  return text.replace(/[_ ]?\d+(?:\.\d+)*/g, '').trim();
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
