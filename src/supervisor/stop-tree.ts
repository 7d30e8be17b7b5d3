import { signal } from './containment.ts';
import type { Exit } from './crash.ts';
import type { Launched } from './launch.ts';
import { readListeners } from './ownership.ts';
import { isAlive } from './procfs.ts';
import type { Tree } from './stop.ts';

/**
 * What a stop can do about an engine's processes, a container's or the host's.
 * @param removeContainer begins to end the container, or goes on with it.
 */
export function treeToStop(
  launched: Launched,
  exit: () => Exit,
  removeContainer: () => Promise<boolean>,
): Tree {
  const { containment, readTree, readEngine, rootPid, startTicks, contained, held } = launched;
  return {
    livePids: () => readTree().map((stat) => stat.pid),
    rootLives: () => isAlive(rootPid, startTicks),
    // A container's tool hands the signal on to PID 1, also where this user may not.
    signalRoot: (name) => signal(rootPid, name),
    signalAll: (name) => {
      // Not the runtime's monitor, which must see the end; the tool hands signals on.
      for (const { pid } of readEngine()) signal(pid, name);
      if (contained !== null) signal(rootPid, name);
    },
    killAll: () => {
      containment.kill(readTree, rootPid);
      void removeContainer();
    },
    portIsFree: () => readListeners(rootPid).every((listener) => listener.port !== held.port),
    exit,
  };
}
