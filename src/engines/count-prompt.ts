import type { Json } from '../canonical.ts';
import type { Query } from '../workload/query.ts';
import { asObject, asText } from './json-reading.ts';
import type { Fields } from './recall-fields.ts';

/** One untimed POST below the server's root. */
export interface UntimedPost {
  readonly path: string;
  readonly body: Json;
}

/** What the engine's own tokeniser makes of a request's prompt, template and all. */
export interface CountedPrompt {
  readonly tokens: number;
  /** Whether the prompt starts with the same token twice, as with a template and a tokeniser that both add BOS. */
  readonly startsTwice: boolean;
}

/** Asks step by step: takes the JSON of each answer, null where there was none; ends with null when it cannot be known. */
export type CountPrompt = (
  question: Pick<Query, 'messages'> & { readonly model: string; readonly fields: Fields },
) => Generator<UntimedPost, CountedPrompt | null, Json>;

/** vLLM's `/tokenize` applies the chat template itself. */
export const countByMessages: CountPrompt = function* ({ model, messages, fields }) {
  const kwargs = fields.chat_template_kwargs;
  const answer = asObject(
    yield {
      path: '/tokenize',
      body: {
        model,
        messages,
        add_generation_prompt: true,
        ...(kwargs === undefined ? {} : { chat_template_kwargs: kwargs }),
      },
    },
  );
  return counted(answer.tokens ?? null, answer.count ?? null);
};

/** llama.cpp renders with `/apply-template`, then tokenises as its chat endpoint does: BOS added, special tokens read. */
export const countByTemplate: CountPrompt = function* ({ messages, fields }) {
  const kwargs = fields.chat_template_kwargs;
  const rendered = asObject(
    yield {
      path: '/apply-template',
      body: { messages, ...(kwargs === undefined ? {} : { chat_template_kwargs: kwargs }) },
    },
  );
  const content = asText(rendered.prompt);
  if (content === null) return null;
  const answer = asObject(
    yield { path: '/tokenize', body: { content, add_special: true, parse_special: true } },
  );
  return counted(answer.tokens ?? null, null);
};

function counted(tokens: Json, count: Json): CountedPrompt | null {
  const list = Array.isArray(tokens) ? tokens : [];
  const length = typeof count === 'number' ? count : list.length;
  if (length === 0) return null;
  return { tokens: length, startsTwice: list.length > 1 && list[0] === list[1] };
}
