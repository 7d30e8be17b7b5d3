import { BenchError, ExitCode } from '../errors.ts';
import type { EngineDeath } from './crash.ts';
import type { EngineSpec } from './spec.ts';

/** Why there is no container: a failure of the runtime, which says nothing about the engine (exit 5). */
export function refusedByRuntime(spec: EngineSpec, death: EngineDeath): BenchError {
  const kind = spec.container?.runtime.kind ?? 'The runtime';
  const said = death.lines.map((line) => `\n  | ${line}`).join('');
  return new BenchError(`${kind} could not start the container:${said}`, {
    exitCode: ExitCode.host,
    hint: runtimeHint(death.lines.join('\n')),
  });
}

const runtimeHints: readonly (readonly [RegExp, string])[] = [
  [
    /init binary|catatonit|docker-init/i,
    'Its init is missing: install the package catatonit (podman) or tini (docker), which hands signals on.',
  ],
  [
    /CDI|nvidia\.com\/gpu/i,
    'The GPUs are not described for containers: nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml',
  ],
  [
    /could not select device driver/i,
    'Install the NVIDIA Container Toolkit and run: nvidia-ctk runtime configure --runtime=docker',
  ],
  [
    /setrlimit|ulimit/i,
    'This user may not set the limits the runtime asks for: name lower default_ulimits in containers.conf.',
  ],
  [
    /permission denied.*docker|docker\.sock/i,
    'This user may not talk to the docker service: is it in the group docker?',
  ],
];

function runtimeHint(text: string): string {
  const known = runtimeHints.find(([pattern]) => pattern.test(text))?.[1];
  return known ?? "Run the command of the event 'spawn' in events.jsonl by hand.";
}
