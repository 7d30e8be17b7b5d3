import type { Json } from '../canonical.ts';
import type { Experiment } from './experiment.ts';
import type { Setting } from './settings.ts';

/** An experiment file, read, resolved and found right. */
export interface LoadedExperiment {
  /** Its texts are templates until `substitute`: `$VENV`, `$SITE_PACKAGES`, `$PORT`, `$REPO_ROOT`, `$$`. */
  readonly experiment: Experiment;
  /** Dotted path in the file's own names -> `file:line`, `default` or `command line`, and the variables used. */
  readonly origins: ReadonlyMap<string, string>;
  /** Absolute: the git root of the config's folder, else the nearest folder with a ledger, else the working directory. */
  readonly root: string;
  /** Relative to the root. */
  readonly configPath: string;
  /** Relative to the root, nearest first. */
  readonly parents: readonly string[];
  /** Text of the config and each parent as they were read, by path relative to the root. */
  readonly texts: { readonly [path: string]: string };
  readonly hints: readonly string[];
  /** The meaning before substitution, without overrides: what `expId` hashes. */
  readonly symbolic: Json;
  /** Values never to be shown, as this environment has them; those of `shell:` are known after `substitute` (`secretValues`). */
  readonly secrets: readonly string[];
  /** Every value with its origin, before substitution: what `describe` shows. */
  readonly settings: readonly Setting[];
  /** The environment variables that were filled in. */
  readonly variables: { readonly [name: string]: string };
}
