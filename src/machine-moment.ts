import type { Json } from './canonical.ts';
import { readClocks } from './measure/clock.ts';
import { lookAtMachine } from './provenance.ts';
import { fingerprintFacts } from './snapshot/fingerprint.ts';
import type { MachineMoment } from './verdict/moved.ts';

/** The host's clocks, processors, GPUs and their policy as they are now. */
export async function machineMoment(env: NodeJS.ProcessEnv): Promise<MachineMoment> {
  const { host, gpu } = await lookAtMachine(env);
  const facts = fingerprintFacts(host, gpu, { workloadHash: '', metricVersion: '', timingVersion: '' });
  return { ...readClocks(), facts: Object.fromEntries(leaves('', facts)) };
}

/** Every leaf as `cpuPolicy.governor` and its text. */
function leaves(name: string, value: Json): [string, string][] {
  if (value === null || typeof value !== 'object') return [[name, value === null ? 'none' : String(value)]];
  return Object.entries(value).flatMap(([key, member]) =>
    leaves(name === '' ? key : `${name}.${key}`, member ?? null),
  );
}
