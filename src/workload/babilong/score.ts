import { type RecallTask, taskLabels } from './task.ts';

/** What was asked and what came back. */
export interface RecallAnswer {
  readonly task: RecallTask;
  readonly question: string;
  readonly target: string;
  readonly output: string;
}

/** What an output is worth. */
export interface RecallScore {
  readonly correct: boolean;
  /** The labels that the rule finds in the output, lower case, in the order of the task's list. */
  readonly labels: readonly string[];
  /** Whether the model kept to the form: exactly one label that the question does not name. */
  readonly format: 'one-label' | 'no-label' | 'several-labels';
}

/**
 * The official rule (`compare_answers` of booydar/babilong, `babilong/metrics.py`): the first sentence names the
 * target and no other label. Labels are found as substrings, and those that the question names do not count.
 */
export function scoreStrict(answer: RecallAnswer): RecallScore {
  const score = judged(answer, firstSentence(answer.output));
  return { ...score, correct: score.labels.length === 1 && score.labels[0] === answer.target.toLowerCase() };
}

/**
 * The older rule (`compare_answers` of `babilong/babilong_utils.py`), which OpenCompass uses: the target stands
 * anywhere in the first sentence. Labels and format are those of the strict rule.
 */
export function scoreLax(answer: RecallAnswer): RecallScore {
  const text = firstSentence(answer.output);
  return { ...judged(answer, text), correct: text.includes(answer.target.toLowerCase()) };
}

/**
 * The rule of lm-evaluation-harness (`babilong_qaN`): the target stands anywhere in the output. Labels and format
 * are those of the whole output.
 */
export function scoreSubstring(answer: RecallAnswer): RecallScore {
  const text = answer.output.toLowerCase();
  return { ...judged(answer, text), correct: text.includes(answer.target.toLowerCase()) };
}

/** All labels but those of the question, and what their number says. */
function judged({ task, question }: RecallAnswer, text: string): Omit<RecallScore, 'correct'> {
  const asked = question.toLowerCase();
  const labels = taskLabels[task]
    .map((label) => label.toLowerCase())
    .filter((label) => text.includes(label) && !asked.includes(label));
  const format = labels.length === 1 ? 'one-label' : labels.length === 0 ? 'no-label' : 'several-labels';
  return { labels, format };
}

/** Lower case, up to the first full stop and the first sign that the model goes on to invent a new task. */
function firstSentence(output: string): string {
  return output.toLowerCase().split(/\.|<context>|<example>/, 1)[0] ?? '';
}
