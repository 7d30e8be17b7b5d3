import { flagNumber } from './args.ts';

const flags = ['--tensor-parallel-size', '-tp', '--tp', '--tp-size'];

/** Engines that run on one GPU, or split by layers, unless one of the flags says otherwise. */
const oneByDefault: ReadonlySet<string> = new Set(['vllm', 'sglang', 'trtllm']);

/**
 * Over how many GPUs each matrix is split, by the words of the command line. llama.cpp splits layers, which counts as 1; null
 * for an engine that bench does not know and that is told nothing.
 */
export function tensorParallelSize(engine: string, args: readonly string[]): number | null {
  if (engine === 'llamacpp') return 1;
  return flagNumber(args, flags) ?? (oneByDefault.has(engine) ? 1 : null);
}
