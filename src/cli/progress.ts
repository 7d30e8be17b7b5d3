import { clip } from '../report/text.ts';
import type { Teller } from '../teller.ts';
import type { Stream, World } from '../world.ts';

/** Tells a person what is happening, on stderr: one live line on a terminal, under a board if one is given; plain lines elsewhere. */
export interface Progress extends Teller {
  /** Settles the last line; nothing is drawn after it. */
  done(): void;
}

const frameMs = 100;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** A live line when stderr is a terminal and CI is not set; otherwise a line for each step. */
export function startProgress(world: World): Progress {
  const live = world.stderr.isTTY === true && !world.env.CI && world.env.TERM !== 'dumb';
  return live ? liveProgress(world.stderr) : plainProgress(world.stderr);
}

function plainProgress(stream: Stream): Progress {
  return {
    step: (text) => stream.write(`${text}\n`),
    detail: () => {},
    note: (text) => stream.write(`  ${text}\n`),
    done: () => {},
  };
}

function liveProgress(stream: Stream): Progress {
  const boarded = boardAbove(stream);
  let step = '';
  let detail = '';
  let startedAtMs = Date.now();
  let frame = 0;
  let isQuiet = false;
  const fitted = (text: string): string => clip(text, (stream.columns || 80) - 1);
  const seconds = (): string => `(${((Date.now() - startedAtMs) / 1000).toFixed(1)} s)`;
  const draw = (): void => {
    if (step === '') return;
    const text = `${frames[frame++ % frames.length]} ${step}${detail === '' ? '' : `: ${detail}`} ${seconds()}`;
    stream.write(`\r\x1b[2K${fitted(text)}`);
  };
  const timer = setInterval(() => {
    if (!isQuiet) draw();
  }, frameMs);
  timer.unref();
  const settle = (): void => {
    if (step === '') return;
    boarded.write(`${fitted(`✓ ${step} ${seconds()}`)}\n`);
    step = '';
  };
  return {
    step(text, options) {
      settle();
      boarded.drawChanged();
      isQuiet = options?.quiet === true;
      step = text;
      detail = '';
      startedAtMs = Date.now();
      draw();
    },
    detail(text) {
      detail = text;
      if (!isQuiet) return;
      boarded.drawChanged();
      draw();
    },
    note(text) {
      boarded.write(`  ${text}\n`);
      draw();
    },
    board(lines) {
      boarded.set(lines.map(fitted));
      // Requests may be under way: it waits for the next detail or step.
      if (isQuiet) return;
      boarded.drawChanged();
      draw();
    },
    done() {
      clearInterval(timer);
      boarded.set([]);
      settle();
      boarded.drawChanged();
    },
  };
}

/** Lines that stay between what was written and the live line, and move down with every line that is. */
interface Board {
  /** Each must fit the terminal; nothing is drawn yet. */
  set(next: readonly string[]): void;
  /** Draws the lines set last, unless they are drawn. */
  drawChanged(): void;
  /** Writes whole lines above the board, in place of the live line. */
  write(text: string): void;
}

function boardAbove(stream: Stream): Board {
  let lines: readonly string[] = [];
  let drawn: readonly string[] = [];
  const write = (text: string): void => {
    const up = drawn.length === 0 ? '\r\x1b[2K' : `\r\x1b[${drawn.length}A\x1b[J`;
    drawn = lines;
    stream.write(`${up}${text}${lines.map((line) => `${line}\n`).join('')}`);
  };
  return {
    set(next) {
      // What has left the top of the terminal cannot be drawn over.
      lines = next.slice(0, Math.max(0, (stream.rows || 24) - 2));
    },
    drawChanged() {
      if (lines !== drawn && lines.length + drawn.length > 0) write('');
    },
    write,
  };
}
