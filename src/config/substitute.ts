import { BenchError, ExitCode } from '../errors.ts';
import type { Experiment } from './experiment.ts';
import { builtIns, fillTemplate, plainText, references, variableOf } from './template.ts';

/** What fills the variables an experiment still has: bench's own as they become known, and those of `shell:`. */
export interface Variables {
  readonly VENV?: string | undefined;
  readonly SITE_PACKAGES?: string | undefined;
  readonly PORT?: string | undefined;
  readonly REPO_ROOT: string;
  readonly [name: string]: string | undefined;
}

/**
 * The experiment with the given variables filled in; what is not given yet stays. The call that brings `PORT`
 * is the last one (engine openai has no port: any call is): it turns `$$` into `$`.
 * @throws BenchError (exit 2) when a variable is left in the last call.
 */
export function substitute(experiment: Experiment, variables: Variables): Experiment {
  const filled = fillExperiment(experiment, (name) => variableOf(variables, name));
  if (variables.PORT === undefined && experiment.engine !== 'openai') return filled;
  const [left] = unfilled(filled, []);
  if (left !== undefined) {
    const from = experiment.shell === undefined ? 'bench' : `\`${experiment.shell.join(' ')}\``;
    throw new BenchError(`The variable $${left} is not set: ${from} does not give it.`, {
      exitCode: ExitCode.usage,
    });
  }
  return mapTexts(filled, plainText);
}

/** Names of variables that are still to be filled, but for bench's own (`known`). */
export function unfilled(experiment: Experiment, known: readonly string[] = builtIns): string[] {
  const names = new Set<string>();
  mapTexts(experiment, (text) => {
    for (const { name } of references(text)) if (!known.includes(name)) names.add(name);
    return text;
  });
  return [...names];
}

/** Whether the arguments or the command name a variable: with `$PORT` there bench adds no port flag. */
export function usesVariable(experiment: Experiment, name: string): boolean {
  return [experiment.cmd ?? '', ...experiment.args].some((text) =>
    references(text).some((found) => found.name === name),
  );
}

/** The values that must never be shown, in an experiment that `substitute` has seen for the last time. */
export function plainSecrets({ env, secretEnv, apiKey = '' }: Experiment): string[] {
  return [...secretEnv.map((name) => env[name] ?? ''), apiKey].filter((value) => value !== '');
}

/** The same as far as the variables are filled. */
export function secretValues(experiment: Experiment): string[] {
  const templates = [
    ...experiment.secretEnv.map((name) => experiment.env[name] ?? ''),
    experiment.apiKey ?? '',
  ];
  const known = templates.filter((template) => template !== '' && references(template).length === 0);
  return [...new Set(known.map(plainText))];
}

/** Every template of an experiment filled by a lookup; what it does not know stays. */
export function fillExperiment(
  experiment: Experiment,
  lookup: (name: string) => string | undefined,
): Experiment {
  return mapTexts(experiment, (text) => fillTemplate(text, lookup));
}

/** Every text but the description, which is for people. */
function mapTexts(experiment: Experiment, change: (text: string) => string): Experiment {
  const { description, ...rest } = experiment;
  return { description, ...(deep(rest, change) as typeof rest) };
}

function deep(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => deep(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, deep(member, change)]));
}
