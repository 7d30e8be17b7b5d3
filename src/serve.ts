import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Bundle, openBundle } from './bundle.ts';
import { expId } from './config/identity.ts';
import { BenchError, ExitCode } from './errors.ts';
import { type Interrupt, interruptibly } from './interrupt.ts';
import { explainFailure, type LaunchFailure } from './launch-failure.ts';
import { launchInput } from './launch-input.ts';
import { newRunId } from './ledger/run-id.ts';
import { startClock } from './measure/clock.ts';
import { type Plan, planRun } from './plan.ts';
import { isLoopback, type ListenAddress } from './proxy/address.ts';
import { type ProxyProcess, startProxy } from './proxy/process.ts';
import { openPlace, type Place } from './repository.ts';
import { describeRun, type RunFacts } from './run-facts.ts';
import { serveLaunch } from './serve-launch.ts';
import { type Readied, ready } from './set-up.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';
import type { FrozenSnapshot } from './write-run.ts';

/** What `bench proxy` is asked. */
export interface ServeFlags {
  readonly listen: ListenAddress;
  /** Silence after which the engine is stopped; null: never. */
  readonly idleStopMs: number | null;
  /** Holds the token that clients must bring, relative to the working directory; null: none. */
  readonly tokenFile: string | null;
  readonly maxBodyBytes: number;
  readonly allowDirty: boolean;
  readonly wait: boolean;
}

/**
 * Serves an experiment's engine behind the proxy until a signal or the engine's end. Writes a bundle and no row.
 * @param onListening told the proxy's URL once it listens, long before the engine is ready.
 * @throws BenchError however it ends: exit 2 for the file, the flags or dirt, 5 when the address or the machine is
 *   taken or set-up fails, 4 when the engine died, 129, 130, 143 by a signal.
 */
export async function serve(
  config: string,
  flags: ServeFlags,
  teller: Teller,
  world: World,
  onListening: (url: string) => void,
): Promise<never> {
  const token = await readToken(flags, world.cwd);
  const plan = await planRun(config, { ...flags, commit: false, keepOutputs: false }, world);
  refuseRemote(plan);
  const place = await openPlace(plan, { ...flags, commit: false, keepOutputs: false }, world);
  for (const line of plan.hints) teller.note(line);
  return interruptibly(async (interrupt) => {
    const runId = newRunId();
    const { listen, maxBodyBytes, idleStopMs } = flags;
    const proxy = await startProxy({ ...listen, runId, token, maxBodyBytes, idleStopMs });
    let cause = 'bench proxy ends';
    try {
      onListening(proxy.url);
      return await readyAndServe({ plan, place, runId, wait: flags.wait, interrupt, world, proxy, teller });
    } catch (error) {
      cause = error instanceof Error ? error.message : cause;
      throw error;
    } finally {
      await proxy.end(cause);
    }
  });
}

interface Serving {
  readonly plan: Plan;
  readonly place: Place;
  readonly runId: string;
  readonly wait: boolean;
  readonly interrupt: Interrupt;
  readonly world: World;
  readonly proxy: ProxyProcess;
  readonly teller: Teller;
}

async function readyAndServe(serving: Serving): Promise<never> {
  const { plan, place, runId, proxy } = serving;
  const teller = tellingProxy(serving.teller, proxy);
  const command = `bench proxy ${plan.loaded.configPath}`;
  const readied = await ready({ ...serving, teller, command });
  try {
    const clock = startClock();
    const id = expId(plan.loaded, place.trackedFiles);
    const facts = describeRun({ plan, place, runId, readied, clock, overhead: null, expId: id });
    const bundle = openBundle(plan.loaded.root, runId, readied.redact);
    // Says from the start that no row is to come, also to `ledger fix` after a kill.
    bundle.writeRun(facts.runFile('proxy'));
    throw failureError(
      await launchForEver({ ...serving, teller }, { readied, facts, bundle }),
      bundle.shownPath,
    );
  } finally {
    readied.lock.release();
  }
}

/** Launch after launch, each woken by a request, until one of them fails. */
async function launchForEver(
  serving: Serving,
  run: { readonly readied: Readied; readonly facts: RunFacts; readonly bundle: Bundle },
): Promise<LaunchFailure> {
  const { proxy, interrupt, teller } = serving;
  const snapshots: FrozenSnapshot[] = [];
  for (let number = 1; ; number += 1) {
    const files = run.bundle.launch(number);
    files.write('experiment.json', run.facts.experimentFile);
    proxy.tell({ type: 'start', launch: number, logPath: files.logPath });
    const input = launchInput({ ...serving, readied: run.readied }, run.facts, { number, files }, snapshots);
    const failure = await serveLaunch({ ...input, of: 1, proxy, frozen: () => newest(snapshots) });
    if (failure !== null) return failure;
    proxy.tell({ type: 'asleep' });
    teller.step('asleep until the next request to /v1', { quiet: true });
    try {
      await proxy.said('wake', AbortSignal.any([interrupt.signal, proxy.lost]));
    } catch (error) {
      return explainFailure(error, 'asleep', interrupt, null);
    }
  }
}

function newest(snapshots: readonly FrozenSnapshot[]): FrozenSnapshot {
  const last = snapshots.at(-1);
  if (last === undefined) throw new Error('no snapshot was taken');
  return last;
}

/** What a person is told is also what /meta says while there is no snapshot. */
function tellingProxy(teller: Teller, proxy: ProxyProcess): Teller {
  return {
    step(text, options) {
      proxy.tell({ type: 'phase', phase: text });
      teller.step(text, options);
    },
    detail: (text) => teller.detail(text),
    note: (text) => teller.note(text),
  };
}

function failureError(failure: LaunchFailure, bundle: string): unknown {
  if (failure.bug !== null) return failure.bug;
  const { message, lines, exitCode, hint } = failure;
  return new BenchError([message, ...lines.map((line) => `  ${line}`)].join('\n'), {
    exitCode,
    hint:
      failure.kind === 'interrupted'
        ? ''
        : `${hint === '' ? '' : `${hint}\n`}Everything it wrote is in ${bundle}.`,
  });
}

function refuseRemote({ experiment, loaded }: Plan): void {
  if (experiment.engine !== 'openai') return;
  throw new BenchError(
    `${loaded.configPath} names a server that runs elsewhere; there is no engine to start`,
    {
      exitCode: ExitCode.usage,
      hint: 'bench proxy vouches for the process behind it, so it starts that process itself.',
    },
  );
}

/** @throws BenchError (exit 2) when other machines could reach an address that asks for no token. */
async function readToken({ listen, tokenFile }: ServeFlags, cwd: string): Promise<string | null> {
  if (tokenFile === null) {
    if (isLoopback(listen.host)) return null;
    throw new BenchError(`Other machines can reach ${listen.host}, so clients must bring a token`, {
      exitCode: ExitCode.usage,
      hint: 'Add --token-file with a file that holds one, such as: openssl rand -hex 32 > token; chmod 600 token',
    });
  }
  const usage = (message: string): BenchError =>
    new BenchError(message, { exitCode: ExitCode.usage, hint: 'It must hold one line: the token.' });
  const text = await readFile(resolve(cwd, tokenFile), 'utf8').catch((error: Error) => {
    throw usage(`The token file ${tokenFile} cannot be read: ${error.message}`);
  });
  const token = text.trim();
  if (!/^[!-~]{16,}$/.test(token)) {
    throw usage(`The token file ${tokenFile} holds no token: 16 visible ASCII characters or more, no spaces`);
  }
  return token;
}
