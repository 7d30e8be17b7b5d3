// What set-up shows on stderr; stdout belongs to bench's own answers.
const animated = process.stderr.isTTY === true && !process.env.CI && process.env.TERM !== 'dumb';

/** Shows that a step goes on: a spinner on a terminal, else a line now and one every 15 s. Returns its end. */
export function progress(title) {
  const startedMs = Date.now();
  const elapsed = () => `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
  let frame = 0;
  const spin = () => process.stderr.write(`\r\x1b[Kbench: ${'|/-\\'[frame++ % 4]} ${title} ${elapsed()}`);
  const timer = animated
    ? setInterval(spin, 120)
    : setInterval(() => say(`bench: still ${title}, ${elapsed()}`), 15_000);
  if (!animated) say(`bench: ${title}`);
  return (ok) => {
    clearInterval(timer);
    clearLine();
    say(`bench: ${title}: ${ok ? `done in ${elapsed()}` : 'failed'}`);
  };
}

/** Takes the spinner off the screen. */
export function clearLine() {
  if (animated) process.stderr.write('\r\x1b[K');
}

/** One line for the user. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}
