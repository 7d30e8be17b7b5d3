/** What the process ends with; the numbers are a contract that scripts rely on. */
export const ExitCode = {
  done: 0,
  /** `bench check`: worse, or a guard failed. */
  regression: 1,
  /** Wrong flags or config, dirt refused, a key not supported yet: nothing started, nothing written. */
  usage: 2,
  /** `bench check`: the two cannot be compared, or what made the baseline is gone. */
  incomparable: 3,
  /** The engine crashed; a row says so. */
  engineCrash: 4,
  /** Invalid measurement or host failure, set-up failed, or a lock is held. */
  host: 5,
  /** A bug in bench itself. */
  bug: 70,
  /** `bench check`: not enough evidence; `git bisect run` skips such a commit. */
  inconclusive: 125,
  /** `bench check --bisect`: ends the bisection. */
  abort: 128,
  sighup: 129,
  sigint: 130,
  sigterm: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A failure the user can understand and act on: printed as a sentence and a hint, never with a stack. */
export class BenchError extends Error {
  override readonly name: string = 'BenchError';
  readonly exitCode: ExitCode;
  /** What to do next, one sentence or command a line; empty when the message says it all. */
  readonly hint: string;

  /** @param message what failed and when, as one sentence. */
  constructor(message: string, options: { exitCode: ExitCode; hint?: string; cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.exitCode = options.exitCode;
    this.hint = options.hint ?? '';
  }
}
