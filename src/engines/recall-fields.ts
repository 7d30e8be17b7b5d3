import type { Json } from '../canonical.ts';

/** Request fields by name. */
export type Fields = { readonly [field: string]: Json };

/** What asks a model for its most likely answer, and keeps it from thinking first. */
export interface RecallFields {
  /** Sent so that neither the engine's defaults nor the model's generation_config.json have a say. */
  readonly greedy: Fields;
  readonly thinking: { readonly off: Fields; readonly low: Fields };
}

/** What every server of the OpenAI API takes. */
const anywhere: Fields = { temperature: 0, top_p: 1, seed: 0 };

const noPenalties: Fields = { presence_penalty: 0, frequency_penalty: 0 };

// Qwen and GLM call it `enable_thinking`, DeepSeek and Granite `thinking`; templates pass over what they do not know.
const templateOff: Fields = { chat_template_kwargs: { enable_thinking: false, thinking: false } };

/** For a server of which only the API is known: it may refuse any other field. */
export const openAiRecall: RecallFields = { greedy: anywhere, thinking: { off: {}, low: {} } };

/** vLLM and SGLang: -1 takes the limit of `top_k` away. */
export const pythonRecall: RecallFields = {
  greedy: { ...anywhere, ...noPenalties, top_k: -1, min_p: 0, repetition_penalty: 1 },
  thinking: { off: templateOff, low: { reasoning_effort: 'low' } },
};

/** TensorRT-LLM: `top_k` is left alone, its values mean different things in different versions. */
export const trtllmRecall: RecallFields = {
  greedy: { ...anywhere, ...noPenalties, repetition_penalty: 1 },
  thinking: { off: templateOff, low: { chat_template_kwargs: { reasoning_effort: 'low' } } },
};

/** llama.cpp: temperature 0.8 and several samplers are on unless a request says otherwise. */
export const llamacppRecall: RecallFields = {
  greedy: {
    ...anywhere,
    ...noPenalties,
    top_k: 0,
    min_p: 0,
    repeat_penalty: 1,
    dry_multiplier: 0,
    xtc_probability: 0,
  },
  thinking: { off: templateOff, low: { chat_template_kwargs: { reasoning_effort: 'low' } } },
};
