import type { Json } from '../canonical.ts';
import { type DescribedValue, describe } from './describe.ts';
import type { Experiment } from './experiment.ts';
import { secretsNamed } from './hiding.ts';
import { parseYaml } from './parse.ts';
import { ConfigError, type Problem } from './problem.ts';
import { resolve } from './resolve.ts';
import { builtIns, references, variableOf } from './template.ts';
import { type MapNode, nodeAt, scalars } from './tree.ts';

/** The text of an experiment file or of one of its parents. */
export interface SourceText {
  /** How errors call it. */
  readonly path: string;
  readonly text: string;
}

/** What texts of an experiment mean, wherever they lie: nothing of the machine is looked at. */
export interface TextMeaning {
  readonly values: readonly DescribedValue[];
  /** What `expId` hashes; null when something is wrong with the texts. */
  readonly symbolic: Json | null;
  /** Its texts are templates, unset variables among them; null likewise. */
  readonly experiment: Experiment | null;
  readonly problems: readonly Problem[];
}

/** The parent that the text of an experiment file names, relative to that file; null: none. */
export function parentNamed(source: SourceText): string | null {
  const { root } = parseYaml(source.path, source.text);
  const parent = root === null ? undefined : nodeAt(root, ['parent']);
  return parent?.kind === 'scalar' && parent.text !== '' ? parent.text : null;
}

/**
 * An experiment from its texts, child first. Variables that are not set stay as they are written, so that texts of
 * another machine can be read; problems are told, and as many values as can be.
 * @throws ConfigError (exit 2) when one of them is no YAML.
 */
export function readTexts(
  sources: readonly [SourceText, ...SourceText[]],
  env: NodeJS.ProcessEnv,
): TextMeaning {
  const [first, ...parents] = sources.map(treeOf) as [MapNode, ...MapNode[]];
  const variables = variablesOf([first, ...parents], env);
  const { root, settings, problems, meaning } = resolve([first, ...parents], { ...env, ...variables }, {});
  const { values } = describe({
    ...{ settings, variables: root.entries.has('shell') ? {} : variables },
    ...{ secrets: secretsNamed(root, env), configPath: '', root: '', parents: [], hints: [] },
  });
  return { values, symbolic: meaning?.symbolic ?? null, experiment: meaning?.experiment ?? null, problems };
}

function treeOf(source: SourceText): MapNode {
  const { root, problems } = parseYaml(source.path, source.text);
  if (root === null) throw new ConfigError(problems);
  return root;
}

/** The variables that the files use; one that is not set stands for itself. */
function variablesOf(trees: readonly MapNode[], env: NodeJS.ProcessEnv): { readonly [name: string]: string } {
  const names = trees
    .flatMap((tree) => [...scalars(tree)])
    .flatMap(({ node }) => references(node.text).map(({ name }) => name))
    .filter((name) => !(builtIns as readonly string[]).includes(name));
  return Object.fromEntries(names.map((name) => [name, variableOf(env, name) ?? `$${name}`]));
}
