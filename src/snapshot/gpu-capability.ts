import { hostTool } from './host-tool.ts';
import { isAbsent, probeLimitMs } from './probe.ts';

/**
 * UUID -> compute capability (`9.0`) of each GPU the host sees; empty when nobody can say. Never throws; limit 5 s.
 * @param env where nvidia-smi is looked up.
 */
export async function computeCapabilities(
  env: NodeJS.ProcessEnv,
  limitMs = probeLimitMs,
): Promise<ReadonlyMap<string, string>> {
  const query = ['--query-gpu=uuid,compute_cap', '--format=csv,noheader'];
  const answer = await hostTool('nvidia-smi', query, env, limitMs);
  if (isAbsent(answer)) return new Map();
  const lines = [...answer.matchAll(/^\s*(\S+)\s*,\s*(\d+\.\d+)\s*$/gm)];
  return new Map(lines.map(([, uuid = '', capability = '']) => [uuid, capability]));
}
