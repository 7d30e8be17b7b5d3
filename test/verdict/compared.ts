import type { Comparison, PairResult } from '../../src/verdict/comparison.ts';
import { pair } from './judged.ts';

/** A pair that counts, of these effects in log units. */
export function pairResult(number: number, decode: number, over: Partial<PairResult> = {}): PairResult {
  const isEven = number % 2 === 0;
  return {
    pair: number,
    order: isEven ? 'candidate-first' : 'baseline-first',
    launches: { baseline: 2 * number - (isEven ? 0 : 1), candidate: 2 * number - (isEven ? 1 : 0) },
    effects: pair({ decode_tok_s: decode, ttft_ms: -decode / 4, tpot_ms: decode, e2e_ms: decode }),
    queries: 50,
    failed: [],
    invalid: null,
    ...over,
  };
}

/** A pair that does not count. */
export function droppedPair(number: number, code: string, text: string): PairResult {
  return pairResult(number, 0, { effects: null, invalid: { code, text } });
}

/** A child with one knob more that was kept after four pairs; `over` says what differs. */
export function comparison(over: Partial<Comparison> = {}): Comparison {
  const evidence = { pairs: 4, isCalibrated: true };
  return {
    kind: 'run',
    metric: 'decode_tok_s',
    minEffectPct: 1,
    rentPct: 0.5,
    addedDeviations: 1,
    maxPairs: 8,
    baseline: {
      runId: '20261122T071500Z-1a2b3c4d',
      expId: '0123456789ab',
      config: 'configs/vllm-b200.yaml',
      artifact: 'img:0123456789ab',
      value: 2741,
    },
    candidate: { value: 2854 },
    floorPct: 1.23,
    floorFrom: 'calibration',
    mdePct: 1.46,
    calibration: 'results/calibration/0123456789ab-vllm-gpt-oss-120b@b5c939de-decode_tok_s.json',
    calibrationDropped: null,
    pairs: [0.0392, 0.0441, 0.0377, 0.0401].map((effect, index) => pairResult(index + 1, effect)),
    evidence: [
      {
        metric: 'decode_tok_s',
        effectPct: 4.11,
        lowerPct: 2.93,
        upperPct: 5.24,
        pairSdPct: 0.4,
        ...evidence,
      },
      { metric: 'ttft_ms', effectPct: -0.98, lowerPct: -4.1, upperPct: 2.2, pairSdPct: 1.1, ...evidence },
      { metric: 'tpot_ms', effectPct: 4.05, lowerPct: 2.9, upperPct: 5.2, pairSdPct: 0.4, ...evidence },
      {
        metric: 'e2e_ms',
        effectPct: 3.5,
        lowerPct: null,
        upperPct: null,
        pairSdPct: 2,
        ...evidence,
        isCalibrated: false,
      },
    ],
    eValue: 842.12,
    guards: [
      { name: 'errors', state: 'passed', text: 'errors: 0 of 200 requests failed, 0 of 200 in the baseline' },
      { name: 'outputs', state: 'reported', text: 'outputs: 48 of 50 queries answered as the baseline did' },
      {
        name: 'ttft_ms',
        state: 'passed',
        text: 'ttft_ms may get worse by 5 %: -1 % where positive is better',
      },
      {
        name: 'tpot_ms',
        state: 'passed',
        text: 'tpot_ms may get worse by 5 %: +4.1 % where positive is better',
      },
      {
        name: 'e2e_ms',
        state: 'undecided',
        text: 'e2e_ms may get worse by 5 %: +3.5 % where positive is better',
      },
    ],
    outputs: {
      compared: 50,
      same: 48,
      diverged: [
        { query: 'q17', atChar: 231 },
        { query: 'q44', atChar: null },
      ],
      repetition: { baseline: 0.021, candidate: 0.024 },
      unstable: ['q17'],
    },
    queries: [
      { query: 'q1', effectPct: 4.4, sameOutput: true },
      { query: 'q17', effectPct: -2.1, sameOutput: false },
    ],
    knobs: [{ name: '--max-num-seqs', before: '128', after: '256' }],
    sentence:
      '+4.1 % decode_tok_s [+2.9, +5.2] after 4 pairs, floor 1.2 %, 8 pairs find 1.5 %, pays for 1 added knob: keep (better)',
    ...over,
  };
}

/** Names that a query may have and a table must survive. */
export const hostileNames = [
  'a|b',
  'two\nlines',
  '\u001b[31mred\u001b[0m',
  '`code` | <b>html</b>',
  'x'.repeat(300),
  '数据'.repeat(40),
  '__proto__',
];
