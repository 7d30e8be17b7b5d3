import { relative } from 'node:path';
import type { Plan } from './plan.ts';
import { hashSubject } from './provenance.ts';
import type { Place } from './repository.ts';
import type { Readied } from './set-up.ts';
import type { HashedEngineFile } from './snapshot/engine-files.ts';

/**
 * Whether the engine's program, venv and the files it was given are still those that were hashed before it started: a
 * sentence when they are not, for then nobody knows what ran. An image is named by its digest and does not change.
 */
export async function changedInputs(
  {
    plan,
    readied,
    place,
  }: { readonly plan: Plan; readonly readied: Readied; readonly place: Pick<Place, 'own'> },
  signal: AbortSignal,
): Promise<string | null> {
  const { start, container, inputs, experiment, venv } = readied;
  if (start === null || container !== null || signal.aborted) return null;
  const hashing = { cache: readied.hashing.cache, seen: new Map<string, string>(), signal };
  const name = plan.loaded.configPath;
  try {
    const now = await hashSubject({ plan, experiment, start, venv, hashing });
    if (now.artifact !== inputs.artifact)
      return `What ${name} runs was ${inputs.artifact} when it was hashed and is ${now.artifact} now.`;
    // What the engine writes itself, a log that an argument names, is neither a model nor a part of the experiment.
    const isInput = ({ path, role }: HashedEngineFile): boolean =>
      role === 'model' || place.own.includes(relative(plan.loaded.root, path));
    const before = new Map(inputs.files.filter(isInput).map(({ path, sha256 }) => [path, sha256]));
    const changed = now.files.filter(({ path, sha256 }) => (before.get(path) ?? sha256) !== sha256);
    return changed.length === 0
      ? null
      : `${changed.map(({ path }) => path).join(', ')} changed while ${name} was measured.`;
  } catch (error) {
    return `What ${name} runs cannot be hashed again: ${(error as Error).message}`;
  }
}
