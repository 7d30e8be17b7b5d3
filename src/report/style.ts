import { Chalk } from 'chalk';

/** How a report may look: whether in colour, and how wide the reader's terminal is. */
export interface ReportOptions {
  readonly color: boolean;
  readonly columns: number;
}

/** Colours by what they mean. */
export interface Paint {
  strong(text: string): string;
  /** Of second importance. */
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

/** The colours, or none: then every text stays as it is. */
export function paintWith(color: boolean): Paint {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  return {
    strong: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
  };
}

/** A section's heading, with an empty line before it. */
export function heading(text: string, paint: Paint): string[] {
  return ['', paint.strong(text)];
}
