import { join } from 'node:path';
import type { RealEngine } from '../real-engine.ts';

const workload = '{ queries: queries.csv, rounds: 1, max_tokens: 6, cache: warm }';

/** The scripted engine, behind a wrapper that scatters a daemon. */
export function scriptedExperiment(program: string): string {
  const args = ['$KILL_MARK', process.execPath, program, '--script', 'pace.json'];
  return `description: to be killed
engine: custom
cmd: ${join(import.meta.dirname, 'engine-with-daemon.sh')}
args: ${JSON.stringify(args)}
env: { PATH: /usr/bin:/bin, KILL_MARK: $KILL_MARK }
warmup: 2
stop_grace: 2s
workload: ${workload}
`;
}

/** The real llama.cpp server, as configs/llamacpp-smollm2.yaml starts it, on a short context. */
export function llamaExperiment(real: RealEngine): string {
  const args = ['-m', real.model, '--alias', 'smollm2-135m', '-t', '1', '-c', '1024', '--metrics'];
  return `description: to be killed
engine: llamacpp
cmd: ${real.server}
args: ${JSON.stringify(args)}
env: { LD_LIBRARY_PATH: ${real.libraries}, KILL_MARK: $KILL_MARK }
warmup: 2
workload: ${workload.replace('rounds: 1', 'rounds: 2')}
`;
}
