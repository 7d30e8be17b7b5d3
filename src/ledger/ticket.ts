import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type LockHolder, liveHolder, writeHolder } from './lock-file.ts';

/** A place in the queues of some locks. */
export interface Ticket {
  discard(): void;
}

/** Stands in the queue of each lock; `order` sorts as text and is the same in all, so the queues agree. */
export function drawTicket(
  directory: string,
  names: readonly string[],
  order: string,
  holder: LockHolder,
): Ticket {
  const paths = names.map((name) => join(directory, `${name}.wait-${order}`));
  const discard = (): void => {
    process.off('exit', discard);
    for (const path of paths) rmSync(path, { force: true });
  };
  process.on('exit', discard);
  for (const path of paths) {
    // Whole from the first moment: half a ticket would be cleared away as a dead one.
    const draft = join(directory, `draft-${holder.token}`);
    writeHolder(draft, holder);
    renameSync(draft, path);
  }
  return { discard };
}

/** Who has waited longest for a lock, if it came before `order`; tickets of the dead are cleared away. */
export function waitsBefore(directory: string, name: string, order: string): LockHolder | null {
  const prefix = `${name}.wait-`;
  const before = readdirSync(directory)
    .filter((file) => file.startsWith(prefix) && file.slice(prefix.length) < order)
    .sort();
  for (const file of before) {
    const path = join(directory, file);
    const waiter = liveHolder(path);
    if (waiter !== null) return waiter;
    rmSync(path, { force: true });
  }
  return null;
}
