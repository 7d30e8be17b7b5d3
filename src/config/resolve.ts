import type { Json } from '../canonical.ts';
import { type Experiment, experimentSchema } from './experiment.ts';
import { symbolicMeaning } from './identity.ts';
import { inherit } from './inherit.ts';
import type { Problem } from './problem.ts';
import { checkRules } from './rules.ts';
import { toValue } from './scalar.ts';
import { listSettings, type Overrides, type Setting, withOverrides } from './settings.ts';
import { fillExperiment } from './substitute.ts';
import { builtIns, variableOf } from './template.ts';
import type { MapNode } from './tree.ts';
import { checkEdits, checkSettings } from './validate.ts';
import { checkVariables } from './variables.ts';

/** A file with its parents merged in, and everything wrong with it. */
export interface Resolved {
  readonly root: MapNode;
  readonly settings: readonly Setting[];
  readonly problems: readonly Problem[];
  /** Null when there are problems. */
  readonly meaning: { readonly experiment: Experiment; readonly symbolic: Json } | null;
}

/**
 * Parsed files, child first -> one experiment. Environment variables are filled in (with `shell:` all stay for
 * later), bench's own stay symbolic, the command line's options come last and change no identity.
 */
export function resolve(
  files: readonly [MapNode, ...MapNode[]],
  env: NodeJS.ProcessEnv,
  overrides: Overrides,
): Resolved {
  const merged = inherit(files);
  const root = withOverrides(merged.root, overrides);
  const problems = [
    ...files.flatMap(checkEdits),
    ...merged.problems,
    ...checkSettings(root),
    ...checkRules(root),
    ...checkVariables(root, env),
  ];
  const settings = listSettings(root);
  if (problems.length > 0) return { root, settings, problems, meaning: null };
  const experiment = experimentSchema.parse(toValue(root));
  const written = experimentSchema.parse(toValue(merged.root));
  const isLater = (name: string) =>
    experiment.shell !== undefined || (builtIns as readonly string[]).includes(name);
  const lookup = (name: string) => (isLater(name) ? undefined : variableOf(env, name));
  return {
    root,
    settings,
    problems,
    meaning: { experiment: fillExperiment(experiment, lookup), symbolic: symbolicMeaning(written) },
  };
}
