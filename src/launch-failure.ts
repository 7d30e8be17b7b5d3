import { BenchError, ExitCode } from './errors.ts';
import type { Interrupt } from './interrupt.ts';
import { EngineCrash, type EngineDeath, PortClosed, PortStolen } from './supervisor/crash.ts';

/** Why a launch did not measure what it was to measure. */
export interface LaunchFailure {
  readonly kind: 'crash' | 'invalid' | 'host-failure' | 'interrupted';
  /** The crash reason, or the detail after `invalid:`; '' for the other two. */
  readonly detail: string;
  /** What bench was doing. */
  readonly phase: string;
  readonly message: string;
  readonly hint: string;
  /** Last lines of the engine's log that speak of errors. */
  readonly lines: readonly string[];
  /** Whether a variable that the engine did not get could explain it. */
  readonly mayLackEnv: boolean;
  readonly exitCode: ExitCode;
  /** The error itself when it is bench's own bug. */
  readonly bug: unknown;
}

/** Crash reasons of an engine that looked for something while it loaded: variables say where, or what to use. */
const lookedInVain: ReadonlySet<string> = new Set([
  'engine-error',
  'missing-library',
  'import-error',
  'driver',
  'model-missing',
]);

/** A launch whose numbers would say nothing about the experiment; exit code 5. */
export class InvalidLaunch extends BenchError {
  override readonly name = 'InvalidLaunch';
  /** What follows `invalid:` in the ledger. */
  readonly detail: string;
  /** What was seen, a line each. */
  readonly lines: readonly string[];

  constructor(detail: string, message: string, lines: readonly string[], hint: string) {
    super(message, { exitCode: ExitCode.host, hint });
    this.detail = detail;
    this.lines = lines;
  }
}

/** Puts whatever ended a launch into one shape: an interruption explains all else, then the engine's death. */
export function explainFailure(
  error: unknown,
  phase: string,
  interrupt: Interrupt,
  death: EngineDeath | null,
): LaunchFailure {
  const base = { phase, hint: '', lines: [], mayLackEnv: false, bug: null };
  const exitCode = interrupt.exitCode();
  if (exitCode !== null) {
    return {
      ...base,
      kind: 'interrupted',
      detail: '',
      message: `Interrupted by ${interrupt.name()} while ${phase}.`,
      exitCode,
    };
  }
  const crash = error instanceof EngineCrash ? error : death;
  if (crash !== null) {
    const { reason, message, hint, lines } = crash;
    return {
      ...base,
      kind: 'crash',
      detail: reason,
      message,
      hint,
      lines,
      mayLackEnv: mayLackEnv(crash),
      exitCode: ExitCode.engineCrash,
    };
  }
  if (error instanceof InvalidLaunch) {
    const { detail, message, hint, lines, exitCode: code } = error;
    return { ...base, kind: 'invalid', detail, message, hint, lines, exitCode: code };
  }
  if (error instanceof BenchError) {
    const { message, hint, exitCode } = error;
    const isLost = error instanceof PortStolen || error instanceof PortClosed;
    return {
      ...base,
      ...(isLost ? { kind: 'invalid', detail: error.reason } : { kind: 'host-failure', detail: '' }),
      message,
      hint,
      exitCode,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const isHost = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return {
    ...base,
    kind: 'host-failure',
    detail: '',
    message,
    exitCode: isHost ? ExitCode.host : ExitCode.bug,
    bug: isHost ? null : error,
  };
}

function mayLackEnv({ phase, reason, exit }: EngineDeath): boolean {
  // One that runs and serves another model than was named has found what it looked for.
  const ended = exit.code !== null || exit.signal !== null;
  return phase === 'load' && lookedInVain.has(reason) && (ended || reason !== 'model-missing');
}
