import { readdirSync } from 'node:fs';
import { readProcText } from './procfs.ts';

/** O_CLOEXEC as /proc/<pid>/fdinfo prints flags, octal. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * The stdio of a child that gets the three streams and nothing else. Node closes what bench inherited from
 * its own parent only where the numbers are low; a shell's `200>lock` would pass through to the engine. Each
 * such descriptor is covered by /dev/null.
 * @param nullFd an open /dev/null.
 */
export function coveredStdio<T>(three: readonly [T, T, T], nullFd: number): (T | number | 'ignore')[] {
  const inherited = inheritedFds();
  const stdio: (T | number | 'ignore')[] = [...three];
  for (let fd = 3; fd <= Math.max(2, ...inherited); fd++)
    stdio.push(inherited.includes(fd) ? nullFd : 'ignore');
  return stdio;
}

/** Descriptors of bench above stderr that a child would get. */
export function inheritedFds(): number[] {
  return readdirSync('/proc/self/fdinfo')
    .map(Number)
    .filter((fd) => fd > 2 && !isClosedOnExec(fd));
}

function isClosedOnExec(fd: number): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(readProcText('self', `fdinfo/${fd}`) ?? '')?.[1];
  // Gone already: it was the one that listed the folder.
  return flags === undefined || (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) !== 0;
}
