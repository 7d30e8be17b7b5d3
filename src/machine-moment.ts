import { leafTexts } from './canonical.ts';
import { readClocks } from './measure/clock.ts';
import { lookAtMachine } from './provenance.ts';
import { fingerprintFacts } from './snapshot/fingerprint.ts';
import type { MachineMoment } from './verdict/moved.ts';

/** The host's clocks, processors, GPUs and their policy as they are now. */
export async function machineMoment(env: NodeJS.ProcessEnv): Promise<MachineMoment> {
  const { host, gpu } = await lookAtMachine(env);
  const facts = fingerprintFacts(host, gpu, { workloadHash: '', metricVersion: '', timingVersion: '' });
  return { ...readClocks(), facts: Object.fromEntries(leafTexts(facts)) };
}
