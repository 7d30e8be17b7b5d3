import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Load, numberOrNull, type PeerRun, promptLines, type Reading } from './reading.ts';

/** GuideLLM's closed loop over a file of prompts; the tokenizer is never loaded, for no text is made up. */
export function guidellmRun({ port, streams, requests, tokens, folder }: Load): PeerRun {
  const prompts = join(folder, 'prompts.jsonl');
  const out = join(folder, 'benchmarks.json');
  writeFileSync(prompts, promptLines(requests));
  return {
    args: [
      ...['-m', 'guidellm', 'run', '--disable-console'],
      ...['--backend', `kind=openai_http,target=http://127.0.0.1:${port},max_tokens=${tokens}`],
      ...['--profile', `kind=concurrent,streams=${streams}`],
      ...['--constraint', `kind=max_requests,count=${requests}`],
      ...['--data', `kind=json_file,path=${prompts}`],
      ...['--output', `kind=json,path=${out}`],
    ],
    env: { HF_HUB_OFFLINE: '1' },
    out,
  };
}

interface Export {
  readonly benchmarks?: readonly {
    readonly requests?: { readonly successful?: readonly Readonly<Record<string, unknown>>[] };
  }[];
}

/**
 * Text of `benchmarks.json` -> readings. GuideLLM sends no request id, but keeps the id of the response, which the
 * engine made of its own name for the request. @throws Error when the export is not of this form.
 */
export function readGuidellm(text: string): Reading[] {
  const requests = (JSON.parse(text) as Export).benchmarks?.[0]?.requests?.successful;
  if (requests === undefined)
    throw new Error('the export of guidellm has no benchmarks[0].requests.successful');
  return requests.flatMap((request) => {
    const ttftMs = numberOrNull(request.time_to_first_token_ms);
    const id = request.response_id;
    if (ttftMs === null || typeof id !== 'string') return [];
    const itlMs = numberOrNull(request.inter_token_latency_ms);
    return [{ id: id.replace(/^chatcmpl-/, ''), ttftMs, itlMs, gapsMs: null }];
  });
}
