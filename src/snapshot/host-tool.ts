import { execa } from 'execa';
import { type Fact, isAbsent, probe, probeLimitMs } from './probe.ts';

/** The most of a tool's answer that is read. */
const longestAnswer = 16 << 20;

/** A killed tool may leave a child behind that holds its output: so long is waited for the end of it. */
const lingerMs = 250;

/**
 * Runs a tool of the host and gives what it wrote. Never throws: a missing, failing or slow tool (limit 5 s) is an
 * absent fact that says so.
 * @param env where the tool is looked up; not the experiment's: GPUs hidden from the engine are named too.
 */
export async function hostTool(
  tool: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  limitMs = probeLimitMs,
): Promise<Fact<string>> {
  const running = execa(tool, args, {
    env,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: limitMs,
    killSignal: 'SIGKILL',
    maxBuffer: longestAnswer,
  });
  const late = { absent: `${tool} gave no answer in ${limitMs / 1000} s` };
  const result = await probe(async () => running, limitMs + lingerMs);
  if (isAbsent(result)) {
    running.stdout?.destroy();
    running.stderr?.destroy();
    return late;
  }
  if (result.timedOut) return late;
  if (result.isMaxBuffer) return { absent: `${tool} wrote more than ${longestAnswer >> 20} MiB` };
  if (result.code === 'ENOENT') return { absent: `${tool} not found` };
  if (result.exitCode === 0) return result.stdout;
  const said = `${result.stdout ?? ''}\n${result.stderr ?? ''}`.trim().split('\n')[0] ?? '';
  return { absent: `${tool} failed (exit ${result.exitCode ?? 'by a signal'}): ${said}` };
}
