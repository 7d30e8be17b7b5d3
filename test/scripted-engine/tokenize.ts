import { messagesOf } from './asked.ts';
import { bos, renderChat, tokenIds } from './tokens.ts';

/**
 * Answers the endpoints that count tokens, for the same chat template as completions use: llama.cpp's
 * `/apply-template` and `/tokenize {content, add_special}`, vLLM's `/tokenize {prompt | messages}`, which SGLang has at
 * `/v1/tokenize`. Null when the path is none of them.
 */
export function tokenize(path: string, body: string, limitTokens: number | null): [number, unknown] | null {
  if (!['/tokenize', '/v1/tokenize', '/apply-template'].includes(path)) return null;
  try {
    const asked = JSON.parse(body);
    if (path === '/apply-template') return [200, { prompt: renderChat(messagesOf(asked.messages)) }];
    if (typeof asked.content === 'string') {
      // llama.cpp adds no BOS unless it is asked to.
      return [200, { tokens: tokenIds((asked.add_special === true ? bos : '') + asked.content) }];
    }
    if (asked.messages === undefined && typeof asked.prompt !== 'string') throw new Error('nothing to count');
    const text =
      asked.messages === undefined
        ? (asked.add_special_tokens === false ? '' : bos) + asked.prompt
        : renderChat(messagesOf(asked.messages));
    const tokens = tokenIds(text);
    return [200, { count: tokens.length, max_model_len: limitTokens, tokens, token_strs: null }];
  } catch {
    return [400, { error: { message: 'the body holds nothing to count', code: 400 } }];
  }
}
