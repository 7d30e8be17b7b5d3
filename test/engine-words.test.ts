import { expect, it } from 'vitest';
import { busyLines, markLog, noticeFindings } from '../src/engine-words.ts';
import { engines } from '../src/engines/index.ts';
import { keptStated, withoutSecretNames } from '../src/stated.ts';
import type { LogLine } from '../src/supervisor/log.ts';

const { vllm } = engines;
const compiling = 'Compiling a graph for compile range (1, 8192) takes 9.43 s';

function logOf(lines: LogLine[]) {
  return { lines: () => lines };
}

it('only what was written since the mark counts as busy', () => {
  const lines = [{ atMs: 1, text: compiling }];
  const mark = markLog(logOf(lines));
  expect(busyLines(vllm, logOf(lines), mark)).toEqual([]);
  lines.push({ atMs: 1, text: `(EngineCore pid=3) INFO 11-25 02:08:59 [backends.py:399] ${compiling}` });
  expect(busyLines(vllm, logOf(lines), mark)).toEqual([compiling]);
  expect(busyLines(engines.custom, logOf(lines), mark)).toEqual([]);
});

it('a mark that was forgotten in a flood still stands by its time', () => {
  const mark = { atMs: 5, text: 'gone' };
  const lines = [
    { atMs: 1, text: compiling },
    { atMs: 9, text: compiling },
  ];
  expect(busyLines(vllm, logOf(lines), mark)).toEqual([compiling]);
  expect(busyLines(vllm, logOf(lines), markLog(logOf([])))).toHaveLength(2);
});

it("notices become findings in the engine's own words", () => {
  const lines = [{ atMs: 1, text: 'INFO:     --foo has no effect without --bar' }];
  expect(noticeFindings(vllm, logOf(lines))).toEqual([
    { code: 'flag-ignored', text: 'INFO:     --foo has no effect without --bar' },
  ]);
});

it('what endpoints state is kept short and without secrets', () => {
  const endpoints = {
    '/server_info': {
      api_key: 'sk-1',
      admin_api_key: null,
      server_args: { api_key: ['sk-2'], hf_token: 'x', tokenizer_path: 'm', max_total_num_tokens: 3 },
    },
    '/long': { text: 'x'.repeat(40_000) },
  };
  expect(keptStated({ endpoints, metrics: null, log: [] })).toEqual({
    '/server_info': {
      api_key: { redacted: true },
      admin_api_key: null,
      server_args: {
        api_key: { redacted: true },
        hf_token: { redacted: true },
        tokenizer_path: 'm',
        max_total_num_tokens: 3,
      },
    },
    '/long': { absent: expect.stringMatching(/^40011 bytes/) },
  });
  expect(withoutSecretNames([{ token: 'x' }, 'token', null])).toEqual([
    { token: { redacted: true } },
    'token',
    null,
  ]);
});
