import { isAbsolute, resolve, sep } from 'node:path';
import { parseFlags } from './flags.ts';
import type { Place } from './problem.ts';
import { fillTemplate, plainText, references, variableOf } from './template.ts';
import { type MapNode, type Node, nodeAt, textAt } from './tree.ts';

/** A path of an experiment file that must lead somewhere before anything starts. */
export interface NamedPath {
  readonly at: Place;
  /** As written. */
  readonly text: string;
  /** Absolute. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  /** Absolute: what it is relative to; null when it is written absolute. */
  readonly under: string | null;
  /** What should be there: `a lock file that exists`. */
  readonly expected: string;
  /** Made by the user on each machine, as a venv without a lock is. */
  readonly isOfMachine?: true;
}

/** A path before its variables are filled in. */
interface Claim {
  readonly at: Place;
  readonly text: string;
  readonly kind: 'file' | 'folder';
  readonly expected: string;
  readonly isOfMachine?: true;
}

type Fill = (text: string, under: string) => string | null;

/** What bench reads itself, which must be there before any step runs. @param folder the root, absolute. */
export function benchPaths(root: MapNode, folder: string, env: NodeJS.ProcessEnv): NamedPath[] {
  const claims = [
    ...claim(nodeAt(root, ['workload', 'queries']), 'file', 'a queries file that exists'),
    ...claim(nodeAt(root, ['venv', 'lock']), 'file', 'a lock file that exists'),
    ...claim(nodeAt(root, ['recall', 'babilong']), 'folder', "a folder that holds BABILong's files"),
    ...claim(nodeAt(root, ['recall', 'haystack']), 'folder', 'a folder of .txt books'),
  ];
  return settle(claims, folder, filler(root, folder, env));
}

/**
 * What the engine is started in, from and with: `cwd`, a `cmd` that is a path, a venv without a lock, `files`,
 * llama.cpp's models. Left out is what nobody can know yet: what hangs on bench's own variables or those of
 * `shell:`, what a `prepare` step makes, what is inside a venv that bench makes, what is inside an image.
 */
export function enginePaths(root: MapNode, folder: string, env: NodeJS.ProcessEnv): NamedPath[] {
  const fill = filler(root, folder, env);
  const isLater = madeLater(root, folder, fill);
  const files = settle(
    itemsOf(root, 'files').flatMap((node) => claim(node, 'file', 'a file that exists')),
    folder,
    fill,
  );
  return [...files, ...startPaths(root, folder, fill)].filter((named) => !isLater(named));
}

function startPaths(root: MapNode, folder: string, fill: Fill): NamedPath[] {
  if (root.entries.has('image')) return [];
  const venv = nodeAt(root, ['venv']);
  // A second key is a lock, or a slip of it that has its own error.
  const ownVenv = venv?.kind === 'map' && venv.entries.size === 1 ? nodeAt(venv, ['path']) : venv;
  const folders = [
    ...claim(nodeAt(root, ['cwd']), 'folder', 'a folder that exists'),
    ...claim(ownVenv, 'folder', 'a venv that exists, or a `lock` to make it from').map((each) => ({
      ...each,
      isOfMachine: true as const,
    })),
  ];
  const cwd = fill(textAt(root, 'cwd') ?? '.', folder);
  const cmd = nodeAt(root, ['cmd']);
  const command = claim(cmd?.kind === 'list' ? cmd.items[0] : cmd, 'file', 'a command that exists').filter(
    ({ text }) => text.includes('/'),
  );
  const ofCwd = [...command, ...models(root)];
  const inCwd = cwd === null ? ofCwd.filter(({ text }) => isAbsolute(text)) : ofCwd;
  return [...settle(folders, folder, fill), ...settle(inCwd, cwd ?? folder, fill)];
}

const modelFlags = /^(?:-m|--model|-mm|--mmproj|-md|--model-draft|--lora)$/;
/** With one of these, `--model` says where a download goes. */
const downloadFlags = /^(?:-mu|--model-url|-mmu|--mmproj-url|-hf\w*|--hf-.*|-dr|--docker-repo)$/;

/** The model files in llama.cpp's arguments. */
function models(root: MapNode): Claim[] {
  if (textAt(root, 'engine') !== 'llamacpp') return [];
  const nodes = [...itemsOf(root, 'cmd').slice(1), ...itemsOf(root, 'args')];
  const pieces = parseFlags(nodes.map((node) => (node.kind === 'scalar' ? node.text : '')));
  if (pieces.some(({ flag }) => flag !== null && downloadFlags.test(flag))) return [];
  return pieces.flatMap(({ flag, value, start, end }): Claim[] => {
    const node = nodes[end - 1] ?? nodes[start];
    if (flag === null || !modelFlags.test(flag) || value === null || node === undefined) return [];
    if (flag === '--lora' && value.includes(',')) return value.split(',').map((text) => model(node, text));
    return [model(node, value)];
  });
}

function model(node: Node, text: string): Claim {
  return { at: node.at, text, kind: 'file', expected: 'a model file that exists' };
}

function claim(node: Node | undefined, kind: Claim['kind'], expected: string): Claim[] {
  if (node?.kind !== 'scalar' || node.text.trim() === '') return [];
  return [{ at: node.at, text: node.text, kind, expected }];
}

function settle(claims: readonly Claim[], under: string, fill: Fill): NamedPath[] {
  return claims.flatMap((each) => {
    const path = fill(each.text, under);
    return path === null ? [] : [{ ...each, path, under: isAbsolute(each.text) ? null : under }];
  });
}

/** Whether a path is made after the file is read: by a `prepare` step, or with the venv of a lock. */
function madeLater(root: MapNode, folder: string, fill: Fill): (named: NamedPath) => boolean {
  const steps = itemsOf(root, 'prepare').flatMap((step) => textAt(step, 'makes') ?? []);
  const venv = nodeAt(root, ['venv', 'lock']) === undefined ? undefined : textAt(root, 'venv', 'path');
  const made = [...steps, ...(venv === undefined ? [] : [venv])].flatMap((text) => fill(text, folder) ?? []);
  return ({ path, kind }) =>
    made.some((each) => isWithin(path, each) || (kind === 'folder' && isWithin(each, path)));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Template -> absolute path; null while a variable in it is not known. */
function filler(root: MapNode, folder: string, env: NodeJS.ProcessEnv): Fill {
  const isFromShell = root.entries.has('shell');
  const lookup = (name: string): string | undefined => {
    if (name === 'REPO_ROOT') return folder;
    return isFromShell ? undefined : variableOf(env, name);
  };
  return (text, under) => {
    const filled = fillTemplate(text, lookup);
    return references(filled).length > 0 ? null : resolve(under, plainText(filled));
  };
}

function itemsOf(root: MapNode, key: string): readonly Node[] {
  const node = root.entries.get(key)?.value;
  return node?.kind === 'list' ? node.items : [];
}
