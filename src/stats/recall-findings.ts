import { type RecallAnswer, type RecallSummary, summarizeRecall } from './recall.ts';
import type { Finding } from './summary.ts';
import { wilsonLower } from './wilson.ts';

/** Above this share of answers without any label the model did not answer what it was asked. */
const manyWithoutLabel = 0.2;

/** What a reader of recall numbers must know, a sentence each. */
export function recallFindings(summary: RecallSummary, answers: readonly RecallAnswer[]): Finding[] {
  return [
    ...cutPrompts(answers),
    ...tokenCounts(answers),
    ...atFloor(summary),
    ...withoutLabel(summary),
    ...notOfficial(summary),
    ...thoughts(summary, answers),
  ];
}

function cutPrompts(answers: readonly RecallAnswer[]): Finding[] {
  const cut = answers.filter(({ isCut }) => isCut);
  const [first] = cut;
  if (first === undefined) return [];
  const whole = first.expectedTokens ?? first.contextTokens;
  const contexts = summarizeRecall(cut).map(({ context, asked }) => `${asked} at ${context}`);
  return [
    {
      code: 'prompt-cut',
      text: `The engine answered to less than it was asked in ${contexts.join(', ')}: ${first.id} has ${whole} tokens, it read ${first.promptTokens}. These items count neither as right nor as wrong.`,
    },
  ];
}

function tokenCounts(answers: readonly RecallAnswer[]): Finding[] {
  const ok = answers.filter(({ outcome, isCut }) => outcome === 'ok' && !isCut);
  const twice = ok.find(({ startsTwice }) => startsTwice);
  const other = ok.find(
    ({ promptTokens, expectedTokens }) =>
      promptTokens !== null && expectedTokens !== null && promptTokens !== expectedTokens,
  );
  const unchecked = ok.filter(({ promptTokens }) => promptTokens === null).length;
  const uncounted = ok.filter(
    ({ promptTokens, expectedTokens }) => promptTokens !== null && expectedTokens === null,
  ).length;
  return [
    ...(twice === undefined
      ? []
      : [
          {
            code: 'bos-doubled',
            text: 'Prompts start with the same token twice: template and tokeniser both add BOS, which can cost accuracy.',
          },
        ]),
    ...(other === undefined
      ? []
      : [
          {
            code: 'prompt-tokens-differ',
            text: `The engine read ${other.promptTokens} tokens of ${other.id}, its own tokeniser makes ${other.expectedTokens} of it${other.promptTokens === (other.expectedTokens ?? 0) + 1 ? ': one more is most often a second BOS' : ''}.`,
          },
        ]),
    ...(uncounted === 0
      ? []
      : [
          {
            code: 'prompt-unchecked',
            text: `The engine's own tokenizer could not be asked for ${uncounted} prompts: a cut that leaves four fifths of a prompt shows only where many were cut.`,
          },
        ]),
    ...(unchecked === 0
      ? []
      : [
          {
            code: 'prompt-unchecked',
            text: `${unchecked} answers came without a count of their prompt's tokens: whether it was cut is not known.`,
          },
        ]),
  ];
}

/** By the one-sided 95 % bound, as the gate has it. */
function atFloor({ cells, chance }: RecallSummary): Finding[] {
  const low = cells.filter(({ n, correct }) => n > 0 && wilsonLower(correct, n) <= chance);
  if (low.length === 0) return [];
  const named = low.map(({ context }) => context).join(', ');
  return [
    {
      code: 'recall-floor',
      text: `At ${named} the answers are no better than chance (${Math.round(chance * 100)} %) as far as so many items can tell: they are no evidence for or against any setting.`,
    },
  ];
}

function withoutLabel({ cells }: RecallSummary): Finding[] {
  const many = cells.filter(({ n, noLabel }) => n > 0 && noLabel / n > manyWithoutLabel);
  if (many.length === 0) return [];
  const named = many.map(({ context, noLabel, n }) => `${noLabel} of ${n} at ${context}`).join(', ');
  return [
    {
      code: 'recall-format',
      text: `Answers that name none of the places or things asked for: ${named}. That is a failure of form, not of memory.`,
    },
  ];
}

/** A model that thinks in spite of being asked not to has more than 20 tokens of its own to find the answer in. */
function thoughts({ thinking }: RecallSummary, answers: readonly RecallAnswer[]): Finding[] {
  const thought = answers.filter(({ hasThought }) => hasThought).length;
  if (thinking === 'low' || thought === 0) return [];
  return [
    {
      code: 'recall-thought',
      text: `${thought} of ${answers.length} answers came with thoughts, though the model was asked not to think: not comparable with BABILong's numbers, and where 20 tokens end a thought there is no answer; \`thinking: low\` gives it room.`,
    },
  ];
}

function notOfficial({ thinking, scorer }: RecallSummary): Finding[] {
  const why = [
    ...(thinking === 'low' ? ['the model was let think'] : []),
    ...(scorer === 'strict' ? [] : [`scored by the ${scorer} rule`]),
  ];
  if (why.length === 0) return [];
  return [
    { code: 'recall-not-official', text: `Not comparable with BABILong's numbers: ${why.join(', ')}.` },
  ];
}
