/** So many passes of the event loop that bring bytes may go by before decoding gets its turn all the same. */
const maxBusyPasses = 200;

const waiting: (() => void)[] = [];
let isTurnDue = false;
let hasRead = false;
let busyPasses = 0;

/** To be called for every read that has been stamped: `afterReads` gives way to it. */
export function noteRead(): void {
  hasRead = true;
}

/**
 * Runs `work` in a pass of the event loop that brought no bytes to any stream, one piece of work a pass. A burst of
 * tokens on many streams is so stamped to its end before the first of them is decoded, and the decoding of one
 * stream delays another's stamp by no more than that one piece.
 */
export function afterReads(work: () => void): void {
  waiting.push(work);
  if (!isTurnDue) setImmediate(turn);
  isTurnDue = true;
}

function turn(): void {
  if (hasRead && busyPasses < maxBusyPasses) {
    hasRead = false;
    busyPasses += 1;
    setImmediate(turn);
    return;
  }
  busyPasses = 0;
  const work = waiting.shift();
  isTurnDue = waiting.length > 0;
  if (isTurnDue) setImmediate(turn);
  work?.();
}
