import type { Place } from './problem.ts';

/** A scalar with its own words. */
export interface ScalarNode {
  readonly kind: 'scalar';
  /** The text: as written when plain, unescaped when quoted, folded when a block. */
  readonly text: string;
  /** Written without quotes, so YAML gives it a type of its own choosing. */
  readonly plain: boolean;
  /** The very characters of the file, to find positions inside the value. */
  readonly raw: string;
  readonly at: Place;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly at: Place;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly at: Place;
}

/** A member of a map: where its key stands, and its value. */
export interface Entry {
  readonly key: Place;
  readonly value: Node;
}

/** A YAML value that remembers where it was written, also after it was merged into another file's. */
export type Node = ScalarNode | ListNode | MapNode;

/** Keys of maps and indices of lists, from the root. */
export type Path = readonly (string | number)[];

/** The value at a path; undefined when there is none. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) {
    if (node?.kind === 'map') node = node.entries.get(String(step))?.value;
    else if (node?.kind === 'list') node = node.items[Number(step)];
    else return undefined;
  }
  return node;
}

/** Where the key at a path stands, or the nearest thing around it that exists. */
export function keyPlace(root: Node, path: Path): Place {
  for (let length = path.length; length > 0; length--) {
    const parent = nodeAt(root, path.slice(0, length - 1));
    const step = path[length - 1];
    const entry = parent?.kind === 'map' ? parent.entries.get(String(step)) : undefined;
    if (entry !== undefined) return entry.key;
    const item = parent?.kind === 'list' ? parent.items[Number(step)] : undefined;
    if (item !== undefined) return item.at;
  }
  return root.at;
}

/** Every scalar of a tree with its path, in order. */
export function* scalars(node: Node, path: Path = []): Generator<{ path: Path; node: ScalarNode }> {
  if (node.kind === 'scalar') yield { path, node };
  else if (node.kind === 'list')
    for (const [index, item] of node.items.entries()) yield* scalars(item, [...path, index]);
  else for (const [key, entry] of node.entries) yield* scalars(entry.value, [...path, key]);
}

/** The text of the scalar at a path; undefined when there is none or it is a list or a map. */
export function textAt(root: Node, ...path: Path): string | undefined {
  const node = nodeAt(root, path);
  return node?.kind === 'scalar' ? node.text : undefined;
}

/** A copy of a map with some entries changed; `undefined` drops one. */
export function withEntries(map: MapNode, changes: { readonly [key: string]: Entry | undefined }): MapNode {
  const entries = new Map(map.entries);
  for (const [key, entry] of Object.entries(changes)) {
    if (entry === undefined) entries.delete(key);
    else entries.set(key, entry);
  }
  return { ...map, entries };
}

/** Where the character at an offset of a scalar's own words stands. */
export function placeWithin(node: ScalarNode, offset: number): Place {
  const before = node.raw.slice(0, offset).split('\n');
  const last = [...(before.at(-1) ?? '')].length;
  if (before.length === 1) return { ...node.at, column: node.at.column + last };
  return { ...node.at, line: node.at.line + before.length - 1, column: last + 1 };
}
