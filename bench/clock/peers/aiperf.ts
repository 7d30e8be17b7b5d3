import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Load, numberOrNull, type PeerRun, promptLines, type Reading } from './reading.ts';

/** AIPerf's closed loop over a file of prompts. */
export function aiperfRun({ port, streams, requests, tokens, folder }: Load): PeerRun {
  const prompts = join(folder, 'prompts.jsonl');
  const artifacts = join(folder, 'artifacts');
  writeFileSync(prompts, promptLines(requests));
  return {
    args: [
      ...['-m', 'aiperf', 'profile', '--ui', 'none', '--streaming', '--endpoint-type', 'chat'],
      ...['--model', 'pacing', '--url', `http://127.0.0.1:${port}`],
      ...['--tokenizer', wordTokenizer(folder), '--use-server-token-count'],
      ...['--input-file', prompts, '--custom-dataset-type', 'single_turn'],
      ...['--concurrency', `${streams}`, '--request-count', `${requests}`],
      ...['--extra-inputs', `max_tokens:${tokens}`],
      ...['--no-gpu-telemetry', '--no-server-metrics', '--output-artifact-dir', artifacts],
    ],
    env: {},
    out: join(artifacts, 'profile_export.jsonl'),
  };
}

/** AIPerf loads a tokenizer even when the server counts; this one knows no word and needs no network. */
function wordTokenizer(folder: string): string {
  const path = join(folder, 'tokenizer');
  mkdirSync(path, { recursive: true });
  const model = { type: 'WordLevel', vocab: { '[UNK]': 0 }, unk_token: '[UNK]' };
  const tokenizer = { version: '1.0', added_tokens: [], pre_tokenizer: { type: 'WhitespaceSplit' }, model };
  const config = { tokenizer_class: 'PreTrainedTokenizerFast', unk_token: '[UNK]' };
  writeFileSync(join(path, 'tokenizer.json'), JSON.stringify(tokenizer));
  writeFileSync(join(path, 'tokenizer_config.json'), JSON.stringify(config));
  return path;
}

interface Line {
  readonly metadata?: { readonly x_request_id?: unknown };
  readonly metrics?: Readonly<Record<string, { readonly value?: unknown } | undefined>>;
}

/** Text of `profile_export.jsonl` -> readings. AIPerf sends its request id as `X-Request-ID`. */
export function readAiperf(text: string): Reading[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const { metadata, metrics } = JSON.parse(line) as Line;
      const ttftMs = numberOrNull(metrics?.time_to_first_token?.value);
      const id = metadata?.x_request_id;
      if (ttftMs === null || typeof id !== 'string') return [];
      const gaps = metrics?.inter_chunk_latency?.value;
      const itlMs = numberOrNull(metrics?.inter_token_latency?.value);
      return [{ id, ttftMs, itlMs, gapsMs: Array.isArray(gaps) ? gaps.map(Number) : null }];
    });
}
