import type { Teller } from '../teller.ts';
import type { Stream, World } from '../world.ts';

/** Tells a person what is happening, on stderr: one live line on a terminal, plain lines elsewhere. */
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
  let step = '';
  let detail = '';
  let startedAtMs = Date.now();
  let frame = 0;
  let isQuiet = false;
  const draw = (): void => {
    if (step === '') return;
    const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
    const text = `${frames[frame++ % frames.length]} ${step}${detail === '' ? '' : `: ${detail}`} (${seconds} s)`;
    stream.write(`\r\x1b[2K${clip(text, stream.columns || 80)}`);
  };
  const timer = setInterval(() => {
    if (!isQuiet) draw();
  }, frameMs);
  timer.unref();
  const settle = (): void => {
    if (step === '') return;
    const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
    stream.write(`\r\x1b[2K${clip(`✓ ${step} (${seconds} s)`, stream.columns || 80)}\n`);
    step = '';
  };
  return {
    step(text, options) {
      settle();
      isQuiet = options?.quiet === true;
      step = text;
      detail = '';
      startedAtMs = Date.now();
      draw();
    },
    detail(text) {
      detail = text;
      if (isQuiet) draw();
    },
    note(text) {
      stream.write(`\r\x1b[2K  ${text}\n`);
      draw();
    },
    done() {
      clearInterval(timer);
      settle();
    },
  };
}

function clip(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
}
