import type { Answer } from './measure/ask.ts';
import type { QueryList } from './measure/replay.ts';
import type { AskSettings } from './session.ts';
import { defaultOrderSeed, order } from './workload/order.ts';
import type { Query } from './workload/query.ts';

/** Items of a recall task, asked after the queries, or instead of them where there are none. */
export interface RecallAsking {
  readonly items: QueryList;
  readonly planned: number;
  readonly settings: AskSettings;
  /** Some of the items, for the warm-up where there are no queries. */
  readonly samples: readonly Query[];
  /** The next request waits for it. */
  onAnswer(answer: Answer): Promise<void>;
}

/** What there is to ask. */
interface TimedInput {
  readonly queries: readonly Query[];
  readonly rounds: number;
  readonly settings: AskSettings;
  readonly recall: RecallAsking | null;
}

/** What is timed: the queries, or, where there are none, the recall. */
export interface TimedPart {
  readonly isRecall: boolean;
  readonly rounds: readonly QueryList[];
  readonly planned: number;
  readonly settings: AskSettings;
  /** What the warm-up takes its lengths from. */
  readonly samples: readonly Query[];
  readonly onAnswer?: RecallAsking['onAnswer'];
}

/** @param input queries and rounds of the workload, how they are asked, and the recall that may follow them. */
export function timedPart({ queries, rounds, settings, recall }: TimedInput): TimedPart {
  if (queries.length === 0 && recall !== null) return { ...recall, isRecall: true, rounds: [recall.items] };
  return {
    isRecall: false,
    rounds: Array.from({ length: rounds }, (_, at) => order(queries, at + 1, defaultOrderSeed)),
    planned: queries.length * rounds,
    settings,
    samples: queries,
  };
}
