import type { ContainerRuntime } from './container.ts';
import { ownerLabel } from './container-command.ts';
import { askTool, removeContainer } from './container-tool.ts';
import { isOwnerDead } from './sweep.ts';

/**
 * Ends the containers of benches that are dead: guards do this within moments; this is for the day a guard was
 * killed together with its bench. Containers of other pid namespaces are left alone.
 * @returns the names of those removed.
 */
export async function sweepContainers(runtime: ContainerRuntime): Promise<string[]> {
  // podman has no word for a single label; of all of them it prints a Go map, docker `a=b,c=d`.
  const format = '{{.Names}}\t{{.Labels}}';
  const listed = await askTool(runtime, ['ps', '-a', '--filter', `label=${ownerLabel}`, '--format', format]);
  const stale = listed.stdout
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([name, labels]) => name !== undefined && name !== '' && isOwnerDead(ownerIn(labels ?? '')))
    .map(([name = '']) => name);
  const removed: string[] = [];
  for (const name of stale) if (await removeContainer(runtime, name)) removed.push(name);
  return removed;
}

/** The value of the owner's label in a list of labels, however it is printed; empty when it is not there. */
function ownerIn(labels: string): string {
  const at = labels.indexOf(ownerLabel);
  return at < 0 ? '' : (/^[:=]([\d.]+)/.exec(labels.slice(at + ownerLabel.length))?.[1] ?? '');
}
