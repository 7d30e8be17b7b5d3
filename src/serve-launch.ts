import { engineHeaders, engineSpec } from './engine-spec.ts';
import type { LaunchInput } from './launch.ts';
import { askingOf, observer } from './launch-asking.ts';
import { explainFailure, type LaunchFailure } from './launch-failure.ts';
import { measureTarget } from './measure-target.ts';
import type { ProxyProcess } from './proxy/process.ts';
import type { RunningEngine } from './supervisor/spec.ts';
import { startEngine } from './supervisor/start.ts';

/** One launch behind the proxy. */
export interface ServeLaunchInput extends LaunchInput {
  readonly proxy: ProxyProcess;
  /** The snapshot that `freeze` took. */
  frozen(): { readonly text: string; readonly sha256: string };
}

type State = { phase: 'starting' | 'warming up' | 'serving' | 'stopping'; running: RunningEngine | null };

/**
 * Starts the engine, opens the proxy to it, warms it, freezes its snapshot, and serves until silence (null), or until
 * a signal, a death or the loss of the proxy, which is the answer. Then the engine is stopped. Never throws.
 */
export async function serveLaunch(input: ServeLaunchInput): Promise<LaunchFailure | null> {
  const { interrupt, proxy, teller } = input;
  const state: State = { phase: 'starting', running: null };
  const onForce = (): void => void state.running?.kill();
  interrupt.force.addEventListener('abort', onForce);
  let failure: LaunchFailure | null = null;
  try {
    await serveUntilSilence(input, state);
    teller.step(`launch ${input.number}: stopping the engine after silence`);
  } catch (error) {
    // A Ctrl-C that also ended a child of bench reaches bench itself in the next pass of the loop.
    await new Promise(setImmediate);
    failure = explainFailure(error, state.phase, interrupt, state.running?.dead ?? null);
    teller.step(`launch ${input.number}: stopping`);
    await proxy.end(failure.message);
  }
  try {
    if (interrupt.force.aborted) await state.running?.kill();
    await state.running?.stop();
  } catch (error) {
    failure ??= explainFailure(error, 'stopping', interrupt, null);
  }
  if (interrupt.signal.aborted) failure ??= explainFailure(null, 'stopping', interrupt, null);
  for (const finding of state.running?.findings ?? []) teller.note(finding);
  interrupt.force.removeEventListener('abort', onForce);
  return failure;
}

async function serveUntilSilence(input: ServeLaunchInput, state: State): Promise<void> {
  const { interrupt, proxy, teller, plan, number } = input;
  const over = AbortSignal.any([interrupt.signal, proxy.lost]);
  teller.step(`launch ${number}: starting ${plan.experiment.engine}`);
  const running = await startEngine(engineSpec(input), over);
  state.running = running;
  const died = new AbortController();
  void running.death.then(() => died.abort('died'));
  const ended = AbortSignal.any([over, died.signal]);
  proxy.tell({ type: 'open', port: running.port });
  state.phase = 'warming up';
  await warmAndFreeze(input, running, ended);
  ended.throwIfAborted();
  state.phase = 'serving';
  // As while bench itself measures: clients measure now.
  running.quiet();
  teller.step(`launch ${number}: serving ${proxy.url}/v1, snapshot ${input.frozen().sha256.slice(0, 12)}`, {
    quiet: true,
  });
  proxy.tell({ type: 'settled' });
  await proxy.said('idle', ended);
}

/** Warms the engine as a run does, with no measured request after it. */
async function warmAndFreeze(
  input: ServeLaunchInput,
  running: RunningEngine,
  signal: AbortSignal,
): Promise<void> {
  const target = { baseUrl: running.baseUrl, model: running.model, headers: engineHeaders(input) };
  const watching = observer(input, target, running, () => {});
  await measureTarget({
    ...askingOf(input, target),
    rounds: 0,
    recall: null,
    signal,
    observer: {
      ...watching,
      measuring() {},
      async freeze() {
        await watching.freeze();
        await running.checkOwnership();
        input.proxy.tell({ type: 'frozen', ...input.frozen() });
        return true;
      },
    },
  });
}
