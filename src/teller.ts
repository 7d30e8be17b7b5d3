/** Told what a story is doing, step by step; the command line shows it on stderr. */
export interface Teller {
  /** A step begins. `quiet`: nothing may be drawn but between details, since time is being measured. */
  step(text: string, options?: { quiet?: boolean }): void;
  /** What the running step is at. */
  detail(text: string): void;
  /** A line that stays. */
  note(text: string): void;
  /** A few lines above the running step, in place of those before; absent where no terminal shows them. */
  board?(lines: readonly string[]): void;
}
