import { flagNames, setFlag, unsetFlag } from './edit-args.ts';
import { nearest } from './nearest.ts';
import { type Problem, quote } from './problem.ts';
import { type Entry, type MapNode, type Node, nodeAt, withEntries } from './tree.ts';

/**
 * Files, child first, merged into one: maps by key, scalars and lists replaced by the younger file, `set` and
 * `unset` applied to the arguments inherited so far, `description` never inherited. Every node keeps the place
 * of the file it came from. The result has no `parent`, `set` or `unset`.
 */
export function inherit(files: readonly [MapNode, ...MapNode[]]): { root: MapNode; problems: Problem[] } {
  const problems: Problem[] = [];
  let merged: MapNode | undefined;
  for (const file of files.toReversed()) merged = step(merged, file, problems);
  return { root: merged ?? files[0], problems };
}

function step(base: MapNode | undefined, file: MapNode, problems: Problem[]): MapNode {
  const own = withEntries(file, { parent: undefined, set: undefined, unset: undefined });
  const merged = base === undefined ? own : mergeMaps(withEntries(base, { description: undefined }), own);
  const edits = ['set', 'unset'].flatMap((name) => {
    const entry = file.entries.get(name);
    return entry === undefined ? [] : [{ name, entry }];
  });
  const misplaced = edits.flatMap(({ name, entry }) => misplacedEdit(name, entry, file));
  const refused = misplaced.length > 0 ? misplaced : setAndUnset(file);
  if (refused.length > 0) {
    problems.push(...refused);
    return merged;
  }
  return applyUnset(
    applySet(merged, file.entries.get('set')?.value, problems),
    file.entries.get('unset')?.value,
    problems,
  );
}

function misplacedEdit(name: string, entry: Entry, file: MapNode): Problem[] {
  if (!file.entries.has('parent'))
    return [
      {
        at: entry.key,
        what: `\`${name}\` in a file without a parent`,
        expected: '`parent: FILE`, or the flags in `args`',
      },
    ];
  if (file.entries.has('args'))
    return [
      {
        at: entry.key,
        what: `\`${name}\` beside \`args\``,
        expected: 'one of them: `args` replaces all that was inherited',
      },
    ];
  return [];
}

function setAndUnset(file: MapNode): Problem[] {
  const [set, unset] = [file.entries.get('set')?.value, file.entries.get('unset')?.value];
  if (set?.kind !== 'map' || unset?.kind !== 'list') return [];
  return unset.items.flatMap((item) => {
    if (item.kind !== 'scalar' || !set.entries.has(item.text)) return [];
    const what = `${quote(item.text)} in both \`set\` and \`unset\``;
    return [{ at: item.at, what, expected: 'it in one of them: a flag is changed or dropped' }];
  });
}

function mergeMaps(base: MapNode, over: MapNode): MapNode {
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key)?.value;
    const value =
      below?.kind === 'map' && entry.value.kind === 'map' ? mergeMaps(below, entry.value) : entry.value;
    entries.set(key, { key: entry.key, value });
  }
  return { kind: 'map', entries, at: over.at };
}

/** Words of `cmd` after its head are arguments too. */
const lists = ['args', 'cmd'] as const;

function applySet(root: MapNode, set: Node | undefined, problems: Problem[]): MapNode {
  if (set?.kind !== 'map') return root;
  let edited = root;
  for (const [flag, entry] of set.entries) {
    if (!flag.startsWith('-')) continue;
    const key = listWith(edited, flag) ?? 'args';
    const edit = setFlag(wordsOf(edited, key), flag, entry);
    if ('problem' in edit) problems.push(edit.problem);
    else edited = withWords(edited, key, edit.items);
  }
  return edited;
}

function applyUnset(root: MapNode, unset: Node | undefined, problems: Problem[]): MapNode {
  if (unset?.kind !== 'list') return root;
  let edited = root;
  for (const item of unset.items) {
    if (item.kind !== 'scalar') continue;
    const name = item.text;
    const key = listWith(edited, name);
    if (key !== undefined) {
      const edit = unsetFlag(wordsOf(edited, key), name, item.at);
      if ('problem' in edit) problems.push(edit.problem);
      else edited = withWords(edited, key, edit.items);
    } else if (
      nodeAt(edited, ['env', name]) !== undefined &&
      edited.entries.get('env')?.value.kind === 'map'
    ) {
      edited = withoutVariable(edited, name);
    } else problems.push(absent(edited, name, item));
  }
  return edited;
}

function absent(root: MapNode, name: string, item: Node): Problem {
  const env = root.entries.get('env')?.value;
  const flags = lists.flatMap((key) => flagNames(wordsOf(root, key)));
  const variables = env?.kind === 'map' ? [...env.entries.keys()] : [];
  const near = nearest(name, [...flags, ...variables]);
  const expected = near === undefined ? 'a flag or variable that is inherited' : quote(near);
  return { at: item.at, what: `${quote(name)} in \`unset\` is not there to drop`, expected, isAbsence: true };
}

function listWith(root: MapNode, flag: string): (typeof lists)[number] | undefined {
  return lists.find((key) => flagNames(wordsOf(root, key)).includes(flag));
}

function wordsOf(root: MapNode, key: (typeof lists)[number]): readonly Node[] {
  const node = root.entries.get(key)?.value;
  if (node?.kind !== 'list') return [];
  return key === 'cmd' ? node.items.slice(1) : node.items;
}

function withWords(root: MapNode, key: (typeof lists)[number], words: readonly Node[]): MapNode {
  const before = root.entries.get(key);
  const head = key === 'cmd' && before?.value.kind === 'list' ? before.value.items.slice(0, 1) : [];
  const at = before?.value.at ?? words[0]?.at ?? root.at;
  return withEntries(root, {
    [key]: { key: before?.key ?? at, value: { kind: 'list', items: [...head, ...words], at } },
  });
}

function withoutVariable(root: MapNode, name: string): MapNode {
  const env = root.entries.get('env');
  if (env?.value.kind !== 'map') return root;
  return withEntries(root, { env: { ...env, value: withEntries(env.value, { [name]: undefined }) } });
}
