import type { PhasePattern } from '../engines/engine.ts';
import { BenchError, ExitCode } from '../errors.ts';
import { waitUntilBound } from './bound.ts';
import { refusedByRuntime } from './container-refusal.ts';
import { EngineCrash, PortStolen } from './crash.ts';
import { errorLines } from './death.ts';
import { launch } from './launch.ts';
import { LiveEngine } from './live-engine.ts';
import { isHealthy, ReadyFailure, waitUntilReady } from './ready.ts';
import type { EngineSpec, RunningEngine } from './spec.ts';

/** A port that was lost is tried again with another so many times. */
const PORT_RETRIES = 3;

/** Of an engine that never became ready nothing is lost: its ladder is short. */
const FAILED_START_GRACE_MS = 3_000;

/**
 * Starts an engine and waits until it can be measured: its port is its own, it is healthy, it names the
 * model, and a tiny completion succeeded. Nothing of it is left when this throws.
 * @throws EngineCrash when it died or had to be given up (exit 4), PortStolen when its port was lost on every
 *   try, PortClosed when it let go of it (exit 5), BenchError when it could not be started at all (exit 2, 5) or `signal` aborted (129, 130, 143).
 */
export async function startEngine(spec: EngineSpec, signal: AbortSignal): Promise<RunningEngine> {
  let hold = spec.engine.holdPort;
  for (let retry = 0; ; retry++) {
    if (signal.aborted) throw interrupted(spec.name, signal);
    const engine = new LiveEngine(spec, await launch(spec, hold));
    try {
      await reachReady(engine, spec, signal);
      return engine;
    } catch (error) {
      const failure = await explain(error, engine, spec, signal);
      await endFailed(engine, spec);
      if (retry >= PORT_RETRIES || !lostPort(failure)) throw failure;
      // Some servers refuse to bind beside a hold (no SO_REUSEADDR): those get a free port.
      if (failure instanceof EngineCrash) hold = 'until-spawn';
      spec.onEvent({ tNs: spec.now(), event: 'port-retry', port: engine.port, why: failure.message });
    }
  }
}

/** One clock for the whole wait; whoever ends it first (death, interruption, time) is told by its reason. */
async function reachReady(engine: LiveEngine, spec: EngineSpec, signal: AbortSignal): Promise<void> {
  const giveUp = new AbortController();
  const progress = { last: 'it never listened on its port' };
  const timer = setTimeout(
    () => giveUp.abort(timedOut(spec, progress.last, engine.tail(1000))),
    spec.readyTimeoutMs,
  );
  void engine.death.then((death) => giveUp.abort(new EngineCrash(death)));
  const limit = AbortSignal.any([signal, giveUp.signal]);
  const { name, model } = spec;
  try {
    await engine.meetContainer(limit);
    const listeners = await waitUntilBound(
      {
        name,
        port: engine.port,
        rootPid: engine.rootPid,
        livePids: () => engine.livePids(),
        tail: (lines) => engine.tail(lines),
        isHealthy: (port) => isHealthy(port, spec.engine.healthPath),
      },
      limit,
    );
    engine.setBound(listeners);
    const served = await waitUntilReady(
      {
        name,
        model,
        baseUrl: engine.baseUrl,
        healthPath: spec.engine.healthPath,
        readyRequest: (id) => spec.readyRequest(id),
        headers: spec.headers ?? {},
        redact: (text) => spec.redact(text),
        onHealthy: () => engine.setHealthy(),
        onProgress: (sentence) => {
          progress.last = sentence;
        },
      },
      limit,
    );
    await engine.checkOwnership();
    // Its death is told only when its last words have come; what it left in the background may be ready before.
    if (!engine.rootLives()) throw new EngineCrash(await engine.death);
    engine.setReady(served);
  } finally {
    clearTimeout(timer);
  }
}

/** Whatever ended the wait -> what the user is told. A death explains every other failure. */
async function explain(
  error: unknown,
  engine: LiveEngine,
  spec: EngineSpec,
  signal: AbortSignal,
): Promise<BenchError> {
  if (!engine.rootLives()) {
    const death = await engine.death;
    return engine.isRefusedByRuntime() ? refusedByRuntime(spec, death) : new EngineCrash(death);
  }
  if (signal.aborted) return interrupted(spec.name, signal);
  if (error instanceof ReadyFailure) {
    return new EngineCrash({
      phase: 'load',
      reason: error.reason,
      message: spec.redact(error.message),
      hint: error.hint,
      exit: { code: null, signal: null },
      lines: errorLines(engine.tail(100), spec.engine.causes),
    });
  }
  if (error instanceof BenchError) return error;
  throw error;
}

async function endFailed(engine: LiveEngine, spec: EngineSpec): Promise<void> {
  const kill = (): void => void engine.kill();
  const timer = setTimeout(kill, Math.min(spec.stopGraceMs, FAILED_START_GRACE_MS));
  spec.force?.addEventListener('abort', kill, { once: true });
  if (spec.force?.aborted) kill();
  await engine.stop();
  clearTimeout(timer);
  spec.force?.removeEventListener('abort', kill);
}

function timedOut(spec: EngineSpec, progress: string, log: readonly string[]): ReadyFailure {
  const phase = lastPhase(spec.engine.phases ?? [], log);
  const reached = phase === null ? '' : ` It had come to: ${phase}.`;
  return new ReadyFailure(
    'ready-timeout',
    `${spec.name} was not ready after ${spec.readyTimeoutMs / 1000} s; the last thing seen: ${progress}.${reached}`,
    'Raise ready_timeout if it is still loading; engine.log says what it was doing.',
  );
}

/** The last phase that a line of the log speaks of. */
function lastPhase(phases: readonly PhasePattern[], log: readonly string[]): string | null {
  for (const line of log.toReversed()) {
    const reached = phases.findLast(({ pattern }) => pattern.test(line));
    if (reached !== undefined) return reached.phase;
  }
  return null;
}

function lostPort(failure: BenchError): boolean {
  return failure instanceof PortStolen || (failure instanceof EngineCrash && failure.reason === 'port-taken');
}

function interrupted(name: string, signal: AbortSignal): BenchError {
  if (signal.reason instanceof BenchError) return signal.reason;
  const codes: Record<string, ExitCode> = { SIGHUP: ExitCode.sighup, SIGTERM: ExitCode.sigterm };
  const exitCode = codes[String(signal.reason)] ?? ExitCode.sigint;
  return new BenchError(`Interrupted while ${name} was starting.`, { exitCode });
}
