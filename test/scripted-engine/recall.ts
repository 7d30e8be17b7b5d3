import { createHash } from 'node:crypto';
import type { Asked } from './asked.ts';
import type { Script } from './script.ts';
import { type Item, readItem, solve, worded, wrongAnswer } from './solver.ts';
import { textOfTokens } from './text.ts';
import { cutTo } from './tokens.ts';

/** In which words an answer comes: the official ones, or those in which small and thinking models fail. */
export const recallFormats = ['official', 'context', 'two', 'doctor', 'think', 'reasoning'] as const;

/** How well an engine recalls the facts of a BABILong prompt, known by construction. */
export interface Recall {
  /** Facts that begin more than so many tokens before the end of the context are forgotten; null: none. */
  readonly windowTokens: number | null;
  /** This share of prompts is answered wrong: those whose hash with the salt is below it. */
  readonly forgetShare: number;
  /** Another salt, other prompts; with the same salt, a smaller share loses some of the same prompts. */
  readonly forgetSalt: string;
  /** Only prompts of more than so many tokens are answered wrong by the share. */
  readonly forgetBeyondTokens: number;
  /** Answers this whatever the facts say; null: what they say. */
  readonly always: string | null;
  readonly format: (typeof recallFormats)[number];
  /** Between the words of an answer; null: as the script says. */
  readonly itlMs: number | null;
  /** Thinks not, in the formats that think, when the request says so. */
  readonly obeysThinkingOff: boolean;
}

/** Recalls everything, in the official words. */
export const perfectRecall: Recall = {
  windowTokens: null,
  forgetShare: 0,
  forgetSalt: '',
  forgetBeyondTokens: 0,
  always: null,
  format: 'official',
  itlMs: null,
  obeysThinkingOff: false,
};

/** An answer to a BABILong prompt, and the truth about it. */
export interface Recalled {
  readonly task: string;
  /** What all facts of the prompt give for an answer; null when they do not say. */
  readonly truth: string | null;
  /** The label it answered with. */
  readonly said: string;
  readonly reasoning: string;
  readonly answer: string;
}

/** Answers a BABILong prompt as well as it recalls; null when the text is none. */
export function recallAnswer(
  prompt: string,
  asked: Pick<Asked, 'promptTokens' | 'thinkingOff'>,
  recall: Recall,
): Recalled | null {
  const item = readItem(prompt);
  if (item === null) return null;
  const truth = solve(item.question, item.facts);
  const wrong = wrongAnswer(item.question, truth);
  const isLost =
    asked.promptTokens > recall.forgetBeyondTokens &&
    hashOf(`${recall.forgetSalt}\0${prompt}`) < recall.forgetShare;
  const known = isLost ? null : solve(item.question, remembered(item, recall.windowTokens));
  const said = recall.always ?? known ?? wrong;
  const format = recall.obeysThinkingOff && asked.thinkingOff ? 'official' : recall.format;
  const official = worded(item.question, said);
  return {
    task: item.question.task,
    truth,
    said,
    ...inFormat(official, format, wrongAnswer(item.question, said)),
  };
}

/** The script that says an answer word by word and then stops, or goes on when it is told to ignore its end. */
export function recallScript(
  script: Script,
  { reasoning, answer }: Pick<Recalled, 'reasoning' | 'answer'>,
  { maxTokens, ignoreEos }: Pick<Asked, 'maxTokens' | 'ignoreEos'>,
): Script {
  const thoughts = chunksOf(reasoning);
  const words = [...thoughts, ...chunksOf(answer)];
  const more = ignoreEos ? Math.max(0, (maxTokens ?? 16) - words.length) : 0;
  const texts = [...words, ...Array.from({ length: more }, (_, at) => textOfTokens(at, 1))];
  const isCut = ignoreEos || (maxTokens !== null && words.length > maxTokens);
  return {
    ...script,
    texts,
    chunks: texts.length,
    tokensPerChunk: 1,
    reasoningChunks: thoughts.length,
    tools: false,
    finishReason: isCut ? 'length' : 'stop',
  };
}

/** A number in [0, 1) that a text has for ever. */
export function hashOf(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}

function remembered({ context, facts }: Item, windowTokens: number | null): Item['facts'] {
  if (windowTokens === null) return facts;
  const from = context.length - cutTo(context, windowTokens, 'left').length;
  return facts.filter(({ at }) => at >= from);
}

function inFormat(
  official: string,
  format: Recall['format'],
  other: string,
): Pick<Recalled, 'reasoning' | 'answer'> {
  const thought = 'The facts have to be read in their order.';
  const answers: Record<Recall['format'], string> = {
    official,
    context: `<context> ${official}`,
    two: `${official.replace(/\.$/, '')} or ${other}.`,
    doctor: `Answer: Dr. ${official}`,
    think: `<think>\n${thought}\n</think>\n\n${official}`,
    reasoning: official,
  };
  return { reasoning: format === 'reasoning' ? thought : '', answer: answers[format] };
}

function chunksOf(text: string): string[] {
  return text.match(/\s*\S+/g) ?? [];
}
