import { custom } from './custom.ts';
import type { Engine, EngineName } from './engine.ts';
import { llamacpp } from './llamacpp.ts';
import { openai } from './openai.ts';
import { unsupported } from './unsupported.ts';

/** Every engine a file may name; leaving one out is a type error. */
export const engines = {
  vllm: unsupported('vllm'),
  sglang: unsupported('sglang'),
  trtllm: unsupported('trtllm'),
  llamacpp,
  custom,
  openai,
} satisfies Record<EngineName, Engine>;
