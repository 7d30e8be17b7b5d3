import type { Experiment } from './experiment.ts';
import { soundsSecret } from './secret-names.ts';

/**
 * What to tell before a launch, and again when one failed in a way this could explain: variables the engine commonly
 * needs that are set in the shell but not in the file, since nothing of the shell reaches the engine.
 * @param engineNeeds names; one that ends in `*` stands for all that start so.
 */
export function missingEnvHints(
  engineNeeds: readonly string[],
  experiment: Pick<Experiment, 'env' | 'engine' | 'image'>,
  shellEnv: NodeJS.ProcessEnv,
): string[] {
  if (experiment.engine === 'openai' || experiment.image !== undefined) return [];
  const wanted = engineNeeds.flatMap((need) => {
    if (!need.endsWith('*')) return [need];
    return Object.keys(shellEnv).filter((name) => name.startsWith(need.slice(0, -1)));
  });
  const missing = [...new Set(wanted)].filter(
    (name) => (shellEnv[name] ?? '') !== '' && !Object.hasOwn(experiment.env, name),
  );
  return missing.map((name) => {
    const value = soundsSecret(name) ? `{ secret: $${name} }` : `$${name}`;
    return `${name} is set in this shell but not in \`env:\`, so the engine does not see it; if it needs it, add \`${name}: ${value}\`.`;
  });
}
