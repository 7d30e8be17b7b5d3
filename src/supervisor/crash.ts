import { BenchError, ExitCode } from '../errors.ts';

/** When an engine died: while it loaded, or once it had been ready. */
export type Phase = 'load' | 'run';

/** How a process ended: one of the two is null, both while it lives. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** An engine that died unasked, or that had to be given up. */
export interface EngineDeath {
  readonly phase: Phase;
  /** Crash reason of the ledger: `oom-load`, `bad-flag`, `port-taken` ... */
  readonly reason: string;
  /** One sentence: what ended, how. */
  readonly message: string;
  /** What to do about it; empty when unknown. */
  readonly hint: string;
  readonly exit: Exit;
  /** The last lines of its log that speak of the failure, redacted. */
  readonly lines: readonly string[];
}

/** A start that failed: the engine is stopped, its log closed. Exit code 4; a row says so. */
export class EngineCrash extends BenchError implements EngineDeath {
  override readonly name = 'EngineCrash';
  readonly phase: Phase;
  readonly reason: string;
  readonly exit: Exit;
  readonly lines: readonly string[];

  constructor(death: EngineDeath) {
    super(death.message, { exitCode: ExitCode.engineCrash, hint: death.hint });
    this.phase = death.phase;
    this.reason = death.reason;
    this.exit = death.exit;
    this.lines = death.lines;
  }
}

/** The engine lives and listens no more: nobody can ask it, and what answered last is not known. */
export class PortClosed extends BenchError {
  override readonly name = 'PortClosed';
  readonly reason = 'port-closed';

  constructor(message: string) {
    super(message, {
      exitCode: ExitCode.host,
      hint: 'The engine closed its own listener while it went on running; engine.log may say why.',
    });
  }
}

/** Somebody else listens on the engine's port: whatever was measured is not this engine's. */
export class PortStolen extends BenchError {
  override readonly name = 'PortStolen';
  readonly reason = 'port-stolen';

  constructor(message: string) {
    super(message, {
      exitCode: ExitCode.host,
      hint: 'Another server shares the port (SO_REUSEPORT) or took it over; find it with `ss -ltnp`, stop it, run again.',
    });
  }
}
