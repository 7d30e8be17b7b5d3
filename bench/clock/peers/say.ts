const isTerminal = process.stderr.isTTY === true;
let shownAtMs = 0;

/** Progress on stderr: on a terminal one line that is written over, elsewhere a line at most every ten seconds. */
export const progress = {
  show(line: string): void {
    if (isTerminal) {
      process.stderr.write(`\r\u001b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    } else if (Date.now() - shownAtMs > 10_000) {
      shownAtMs = Date.now();
      process.stderr.write(`${line.slice(0, 120)}\n`);
    }
  },
  /** A line that stays. */
  end(line: string): void {
    process.stderr.write(`${isTerminal ? '\r\u001b[K' : ''}${line}\n`);
  },
};
