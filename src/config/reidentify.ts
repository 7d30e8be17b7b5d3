import { posix } from 'node:path';
import { experimentSchema } from './experiment.ts';
import { expId, namedFiles, symbolicMeaning } from './identity.ts';
import { inherit } from './inherit.ts';
import { parseYaml } from './parse.ts';
import { toValue } from './scalar.ts';
import { type MapNode, nodeAt } from './tree.ts';

/** An exp_id that was computed again, or why it cannot be. */
export type Reidentified = { readonly expId: string } | { readonly because: string };

/** Path of the parent that an experiment's text names, relative to the root; null: it has none, or cannot be read. */
export function parentOf(path: string, text: string): string | null {
  const { root } = parseYaml(path, text);
  const parent = root === null ? undefined : nodeAt(root, ['parent']);
  return parent?.kind === 'scalar' && parent.text !== ''
    ? posix.join(posix.dirname(path), parent.text)
    : null;
}

/**
 * Computes an exp_id from texts alone, as `expId` did when they were files; neither variables nor overrides of the command
 * line are part of it.
 * @param config path of the experiment, and `texts` that of it and its parents, relative to the root.
 * @param hashes sha256 of every file of the experiment by path, the YAML and its parents among them.
 */
export function reidentify(
  config: string,
  texts: { readonly [path: string]: string },
  hashes: { readonly [path: string]: string },
): Reidentified {
  const chain: MapNode[] = [];
  const paths = new Set<string>();
  for (let path: string | null = config; path !== null; ) {
    const text: string | undefined = Object.hasOwn(texts, path) ? texts[path] : undefined;
    if (text === undefined) return { because: `the text of ${path} is not known` };
    if (paths.has(path)) return { because: `${path} inherits from itself` };
    const { root } = parseYaml(path, text);
    if (root === null) return { because: `${path} cannot be read` };
    chain.push(root);
    paths.add(path);
    path = parentOf(path, text);
  }
  const [first, ...parents] = chain;
  if (first === undefined) return { because: `the text of ${config} is not known` };
  const merged = inherit([first, ...parents]);
  const parsed = experimentSchema.safeParse(toValue(merged.root));
  if (!parsed.success || merged.problems.length > 0)
    return { because: 'this version of bench reads it otherwise' };
  const named = new Set(namedFiles(parsed.data));
  const files = Object.fromEntries(
    Object.entries(hashes).filter(([path]) => !paths.has(path) || named.has(path)),
  );
  return { expId: expId({ symbolic: symbolicMeaning(parsed.data) }, files) };
}
