import { custom } from './custom.ts';
import type { Engine, EngineName } from './engine.ts';
import { llamacpp } from './llamacpp.ts';
import { openai } from './openai.ts';
import { sglang } from './sglang.ts';
import { trtllm } from './trtllm.ts';
import { vllm } from './vllm.ts';

/** Every engine a file may name; leaving one out is a type error. */
export const engines = { vllm, sglang, trtllm, llamacpp, custom, openai } satisfies Record<
  EngineName,
  Engine
>;
