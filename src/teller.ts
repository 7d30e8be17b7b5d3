/** Told what a story is doing, step by step; the command line shows it on stderr. */
export interface Teller {
  /** A step begins. `quiet`: nothing may be drawn but between details, since time is being measured. */
  step(text: string, options?: { quiet?: boolean }): void;
  /** What the running step is at. */
  detail(text: string): void;
  /** A line that stays. */
  note(text: string): void;
}
