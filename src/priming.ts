import { basename } from 'node:path';
import type { LaunchOutcome } from './launch.ts';
import type { CompileCache } from './snapshot/compile-caches.ts';

/** Whether a start added to what later starts find: compiled code, tuned kernels. */
export function hasCompiled(caches: readonly CompileCache[]): boolean {
  return caches.some(isAdded);
}

/**
 * A launch that ended well and added to its engine's compile caches: the first such is the priming launch, whose
 * measurements do not count; a later one is measured, with a finding.
 * @param isPrimed a launch before it was the priming one.
 * @param places what stands for the parts of a path that are this machine's own.
 */
export function judgeCaches(
  outcome: LaunchOutcome,
  isPrimed: boolean,
  places: { readonly env: { readonly [name: string]: string }; readonly root: string },
): LaunchOutcome {
  const added = outcome.caches.filter(isAdded);
  if (added.length === 0 || outcome.failure !== null) return outcome;
  const names = added.map(({ path, start }) => `${shown(path, places)} (${start})`).join(', ');
  if (isPrimed) {
    const text = `Launch ${outcome.number} added to ${names} again, after the priming launch.`;
    return { ...outcome, findings: [...outcome.findings, { code: 'cache-still-changing', text }] };
  }
  const text = `The first start compiled or tuned what later ones find in ${names}. It was not measured: launches/0 in the bundle.`;
  return { ...outcome, number: 0, isPriming: true, result: null, findings: [{ code: 'primed', text }] };
}

function isAdded({ start }: CompileCache): boolean {
  return start === 'cold' || start === 'changed';
}

/** A path without this machine's folders in it: findings are committed. */
function shown(path: string, { env, root }: Parameters<typeof judgeCaches>[2]): string {
  if (path.startsWith(`${root}/`)) return path.slice(root.length + 1);
  return env.HOME && path.startsWith(`${env.HOME}/`) ? `~${path.slice(env.HOME.length)}` : basename(path);
}
