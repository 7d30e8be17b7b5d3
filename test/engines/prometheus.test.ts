import { expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { meanBetween, parseMetrics, risen, total } from '../../src/engines/prometheus.ts';
import { fixture } from './fixtures.ts';

it('reads names, labels, escapes, values, timestamps and exemplars', () => {
  const text = [
    '# HELP a A counter.',
    '# TYPE a counter',
    'a 1',
    'b{x="1",y="a\\"b\\\\c\\nd",} 2.5e3 1700000000000',
    'c { x = "{}" } +Inf',
    'd_bucket{le="0.1"} 3 # {trace_id="x"} 0.05 1.5',
    'e NaN',
    'not a sample',
    'f{broken="1} 2',
    '',
  ].join('\n');
  expect(parseMetrics(text)).toEqual([
    { name: 'a', labels: {}, value: 1 },
    { name: 'b', labels: { x: '1', y: 'a"b\\c\nd' }, value: 2500 },
    { name: 'c', labels: { x: '{}' }, value: Number.POSITIVE_INFINITY },
    { name: 'd_bucket', labels: { le: '0.1' }, value: 3 },
    { name: 'e', labels: {}, value: Number.NaN },
  ]);
});

it('sums label sets, of the first name that is there', () => {
  const samples = parseMetrics('new{engine="0"} 1\nnew{engine="1"} 2\nold 9\n');
  expect(total(samples, ['new', 'old'])).toBe(3);
  expect(total(samples, ['absent', 'old'])).toBe(9);
  expect(total(samples, ['new'], { engine: '1' })).toBe(2);
  expect(total(samples, ['absent'])).toBeNull();
});

it('a counter that fell belongs to another process', () => {
  const [one, two] = [parseMetrics('a 1'), parseMetrics('a 2')];
  expect(risen(one, two, ['a'])).toBe(1);
  expect(risen([], two, ['a'])).toBe(2);
  expect(risen(two, one, ['a'])).toBeNull();
  expect(meanBetween(one, two, ['a'])).toBeNull();
});

const histogram = (name: string, sum: number, count: number) =>
  `${name}_sum{engine="0"} ${sum}\n${name}_count{engine="0"} ${count}\n`;

it.each([
  ['vllm', 'vllm:time_to_first_token_seconds', 'vllm:inter_token_latency_seconds'],
  ['vllm', 'vllm:time_to_first_token_seconds', 'vllm:time_per_output_token_seconds'],
  ['sglang', 'sglang:time_to_first_token_seconds', 'sglang:inter_token_latency_seconds'],
  ['trtllm', 'trtllm_time_to_first_token_seconds', 'trtllm_time_per_output_token_seconds'],
  ['trtllm', 'time_to_first_token_seconds', 'time_per_output_token_seconds'],
] as const)('%s: means between two readings of %s and %s', (name, ttft, itl) => {
  const before = histogram(ttft, 1, 10) + histogram(itl, 2, 100);
  const after = histogram(ttft, 2, 14) + histogram(itl, 3, 150);
  expect(engines[name].histogramTimes(before, after)).toEqual({ ttftMs: 250, itlMs: 20, requests: 4 });
  expect(engines[name].histogramTimes(after, after)).toBeNull();
  expect(engines[name].histogramTimes('', '')).toBeNull();
});

it('vllm: what its counters rose by', () => {
  const page = (hits: number, drafts: number) =>
    `vllm:prefix_cache_hits_total ${hits}\nvllm:num_preemptions_total 1\nvllm:spec_decode_num_drafts_total ${drafts}\nvllm:spec_decode_num_draft_tokens_total ${3 * drafts}\nvllm:spec_decode_num_accepted_tokens_total ${2 * drafts}\n`;
  expect(engines.vllm.countedBetween(page(5, 10), page(5, 20))).toEqual({
    cachedTokens: 0,
    preemptions: 0,
    speculativeAcceptRate: 2 / 3,
    speculativeTokensPerStep: 3,
  });
});

it('vllm: what the real server counted over three requests', () => {
  const [before, after] = [fixture('vllm/metrics-before.txt'), fixture('vllm/metrics-after.txt')];
  const times = engines.vllm.histogramTimes(before, after);
  expect(times?.requests).toBe(3);
  expect(times?.ttftMs).toBeGreaterThan(10);
  expect(times?.itlMs).toBeGreaterThan(1);
  expect(engines.vllm.countedBetween(before, after)).toMatchObject({ cachedTokens: 0, preemptions: 0 });
});

it('llamacpp: what the counters of the real server rose by', () => {
  const [before, after] = [fixture('llamacpp/metrics-before.txt'), fixture('llamacpp/metrics-after.txt')];
  expect(engines.llamacpp.countedBetween(before, after)).toEqual({
    cachedTokens: 0,
    preemptions: null,
    speculativeAcceptRate: null,
    speculativeTokensPerStep: null,
  });
});
