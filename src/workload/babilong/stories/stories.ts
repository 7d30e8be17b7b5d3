import { randomStream } from '../../random.ts';
import type { RecallTask } from '../task.ts';
import { drawFrom } from './draw.ts';
import type { Story, Teller } from './story.ts';
import { whatIsThere } from './what-is-there.ts';
import { whereIsActor } from './where-is-actor.ts';
import { whereIsObject } from './where-is-object.ts';
import { whereWasObject } from './where-was-object.ts';
import { whoGave } from './who-gave.ts';

/** The generator's name and version: with the same name, the same seed gives the same items. */
export const generator = 'babi1';

const tellers: Readonly<Record<RecallTask, Teller>> = {
  qa1: whereIsActor,
  qa2: whereIsObject,
  qa3: whereWasObject,
  qa4: whatIsThere,
  qa5: whoGave,
};

/** bAbI asks five questions a story; an item is a story up to one of them. */
const questionsAStory = 5;

/**
 * The most lines, facts and question, that the official generator lets into a context of so many GPT-2 tokens:
 * a line has about 8 (`max_n_facts` of `data/create_tasks.py`).
 */
export function mostLines(budget: number | null): number {
  return budget === null ? Number.POSITIVE_INFINITY : Math.floor(budget / 8);
}

/** No story of bAbI 2 is longer in v1.2, and none that fits into 1k need ever give way. */
const longest: Partial<Record<RecallTask, number>> = { qa2: mostLines(700) };

/**
 * Item `index` of a task: its own story, told up to its first question for index 0, 5, ..., its second for 1, 6,
 * ..., so that every block has as many short stories as long ones. It is the same for every length that it fits
 * into, so items pair across lengths. One with more lines than `lines` gives way, at that length only, to the
 * next story of the same index that fits; the official generator drops it, which shifts the numbers of all later
 * items. From 1k on that concerns qa3, at 1k, and hardly ever qa5: qa1, qa2 and qa4 always fit.
 */
export function storyOf(task: RecallTask, seed: number, index: number, lines: number): Story {
  const most = Math.min(lines, longest[task] ?? lines);
  for (let attempt = 0; ; attempt += 1) {
    const draw = drawFrom(randomStream(`${generator} ${seed} ${task} ${index} ${attempt}`));
    const story = tellers[task](draw, 1 + ((index + attempt) % questionsAStory));
    if (story.facts.length + 1 <= most) return story;
  }
}
