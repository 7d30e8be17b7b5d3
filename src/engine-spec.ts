import { keyHeaders } from './api-key.ts';
import type { Json } from './canonical.ts';
import { substitute, usesVariable } from './config/substitute.ts';
import { commandLine } from './engines/command-line.ts';
import type { LaunchInput } from './launch.ts';
import type { Headers } from './measure/request.ts';
import type { EngineSpec } from './supervisor/spec.ts';

/** What the supervisor starts for a launch: the experiment's command with an address of its own. */
export function engineSpec(input: LaunchInput): EngineSpec {
  const { plan, experiment, command, cwd, clock } = input;
  const portInArgs = usesVariable(experiment, 'PORT');
  return {
    name: experiment.engine,
    engine: plan.engine,
    plan(port) {
      const filled = substitute(experiment, { PORT: String(port), REPO_ROOT: plan.loaded.root });
      const { address } = plan.engine;
      const hostFlagNamed = experiment.engine !== 'custom' || experiment.hostFlag !== undefined;
      const argv = commandLine({ command, args: filled.args, address, hostFlagNamed, portInArgs, port });
      return { argv: input.container === null ? argv : argv.slice(1), env: filled.env, cwd };
    },
    container:
      input.container === null ? null : { ...input.container.spec, name: `bench-${launchId(input)}` },
    model: experiment.model ?? null,
    readyTimeoutMs: experiment.readyTimeoutMs,
    requestTimeoutMs: experiment.requestTimeoutMs,
    stopGraceMs: experiment.stopGraceMs,
    cgroupName: launchId(input),
    logPath: input.files.logPath,
    redact: input.redact,
    now: () => clock.now(),
    onEvent: (event) => input.files.event(event),
    readyRequest: (model) => tinyCompletion(model),
    headers: engineHeaders(input),
    force: input.interrupt.force,
    gpuUsers: input.watch?.gpuUsers ?? null,
  };
}

/** Beside its body, what every request to the engine of a launch carries. */
export function engineHeaders({ plan, experiment }: Pick<LaunchInput, 'plan' | 'experiment'>): Headers {
  // A key is no address: any port will do to make the arguments final.
  const { args } = substitute(experiment, { PORT: '0', REPO_ROOT: plan.loaded.root });
  return keyHeaders(experiment.engine, args);
}

/** Unique for every start of an engine: its cgroup, its container, its requests. */
export function launchId({
  runId,
  number,
  isAgain,
}: Pick<LaunchInput, 'runId' | 'number' | 'isAgain'>): string {
  return `${runId}-${number}${isAgain === true ? 'b' : ''}`;
}

/** The smallest request that proves a model answers. */
export function tinyCompletion(model: string): { readonly [key: string]: Json } {
  return { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, temperature: 0 };
}
