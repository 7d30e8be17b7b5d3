import type { Experiment } from './experiment.ts';
import { type FileTexts, knobs } from './knobs.ts';

/**
 * Whether TensorRT-LLM's block reuse is turned off by the arguments or by a file the engine reads: without that
 * there is no way to make its prefix cache miss.
 */
export function blockReuseIsOff(experiment: Experiment, fileTexts: FileTexts): boolean {
  return knobs(experiment, fileTexts).some(
    ({ name, value }) => /enable[_-]block[_-]reuse$/.test(name) && /^(?:false|0)$/i.test(value),
  );
}
