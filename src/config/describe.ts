import type { Json } from '../canonical.ts';
import { hidden, hiding } from './hiding.ts';
import type { LoadedExperiment } from './loaded.ts';
import { fillTemplate, plainText, variableOf } from './template.ts';

/** One line of `bench config show`. */
export interface DescribedValue {
  readonly path: string;
  readonly value: Json;
  readonly origin: string;
}

/** An experiment as it will run, for people: secrets are never shown, wherever their values stand. */
export interface Description {
  /** Relative to the root. */
  readonly config: string;
  readonly root: string;
  readonly parents: readonly string[];
  readonly values: readonly DescribedValue[];
  readonly hints: readonly string[];
}

/** The resolved values of an experiment with where each comes from; bench's own variables stay symbolic. */
export function describe(
  loaded: Pick<
    LoadedExperiment,
    'settings' | 'secrets' | 'variables' | 'configPath' | 'root' | 'parents' | 'hints'
  >,
): Description {
  const hide = hiding(loaded.secrets);
  const values = loaded.settings.map(({ path, value, origin, secret }): DescribedValue => {
    if (secret) return { path, value: `${hidden} ${String(value)}`, origin };
    if (typeof value !== 'string' || path === 'description')
      return { path, value: redacted(value, hide), origin };
    return {
      path,
      value: hide(plainText(fillTemplate(value, (name) => variableOf(loaded.variables, name)))),
      origin,
    };
  });
  return {
    config: loaded.configPath,
    root: loaded.root,
    parents: loaded.parents,
    values,
    hints: loaded.hints,
  };
}

function redacted(value: Json, hide: (text: string) => string): Json {
  return typeof value === 'string' ? hide(value) : value;
}
