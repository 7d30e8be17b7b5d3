import { parseSmiLog, type SmiLog } from './gpu-xml.ts';
import { hostTool } from './host-tool.ts';
import { type Fact, isAbsent, probeLimitMs } from './probe.ts';

/** The GPUs beside the warm engine. */
export interface GpuState extends SmiLog {
  /** `nvidia-smi topo -m`: how GPUs, network cards and processors hang together. */
  readonly topology: Fact<string>;
}

/**
 * Asks `nvidia-smi -q -x` and `topo -m`, each for at most 5 s. Never throws.
 * @param env where the tool is looked up.
 */
export async function gpuState(env: NodeJS.ProcessEnv, limitMs = probeLimitMs): Promise<Fact<GpuState>> {
  const [log, topology] = await Promise.all([smiLog(env, limitMs), gpuTopology(env, limitMs)]);
  return isAbsent(log) ? log : { ...log, topology };
}

/** `nvidia-smi -q -x` alone. */
export async function smiLog(env: NodeJS.ProcessEnv, limitMs = probeLimitMs): Promise<Fact<SmiLog>> {
  const xml = await hostTool('nvidia-smi', ['-q', '-x'], env, limitMs);
  return isAbsent(xml) ? xml : parseSmiLog(xml);
}

async function gpuTopology(env: NodeJS.ProcessEnv, limitMs: number): Promise<Fact<string>> {
  const text = await hostTool('nvidia-smi', ['topo', '-m'], env, limitMs);
  // It underlines its header for a terminal.
  const marks = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');
  return isAbsent(text) ? text : text.replace(marks, '').trim();
}

/**
 * Pids of the host that use a GPU for computing; null when nobody can say. Never throws.
 */
export async function computePids(env: NodeJS.ProcessEnv, limitMs = probeLimitMs): Promise<number[] | null> {
  const query = ['--query-compute-apps=pid', '--format=csv,noheader'];
  const text = await hostTool('nvidia-smi', query, env, limitMs);
  return isAbsent(text) ? null : (text.match(/^\d+/gm) ?? []).map(Number);
}
