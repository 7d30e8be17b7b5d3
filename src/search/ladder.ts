import type { Finding } from '../stats/summary.ts';
import { type Cliff, cliffOf, type Tried } from './cliff.ts';
import type { ProbeResult } from './probe-result.ts';

/** One probe of a ladder, as the record has it. */
export interface Rung {
  /** The nominal length, such as `4k`. */
  readonly context: string;
  readonly launch: number;
  /** What the engine's context flag was set to; null: what the file says. */
  readonly servedTokens: number | null;
  /** The whole prompt's tokens by the engine's own count; null: not known. */
  readonly promptTokens: number | null;
  readonly result: ProbeResult;
  /** What the engine said, or how it died; null: nothing is to be said. */
  readonly detail: string | null;
  readonly ttftMs: number | null;
  readonly e2eMs: number | null;
  /** Its beginning; null: there was none. */
  readonly answer: string | null;
  /** Null where the whole prompt was not answered. */
  readonly correct: boolean | null;
}

/** Every probe, and what they say. */
export interface CliffResult {
  readonly by: 'requests' | 'launches';
  readonly task: string;
  readonly from: string;
  readonly max: string;
  readonly resolution: string;
  /** False: the search was cut off. */
  readonly isComplete: boolean;
  /** The longest that works below the first failure; null: none. */
  readonly largest: string | null;
  /** The shortest that fails; null: none does. */
  readonly firstFailed: string | null;
  readonly ladder: readonly Rung[];
}

/** Nothing is given to chance where an engine refuses by its rule. */
const outcomes: { readonly [result in ProbeResult]: Tried['outcome'] } = {
  works: 'works',
  'too-long': 'refused',
  cut: 'refused',
  oom: 'failed',
  died: 'failed',
  timeout: 'failed',
  error: 'failed',
};

/** A prompt read to the very length at which a longer one was cut was cut there, too, though nobody could count it. */
function seenTogether(ladder: readonly Rung[]): readonly Rung[] {
  const limits = ladder.filter(({ result }) => result === 'cut').map(({ promptTokens }) => promptTokens);
  return ladder.map((rung) =>
    rung.result === 'works' && rung.promptTokens !== null && limits.includes(rung.promptTokens)
      ? { ...rung, result: 'cut', detail: `read ${rung.promptTokens} tokens, as far as longer prompts were` }
      : rung,
  );
}

/** Rungs as the search reads them; lengths in thousands of tokens. */
export function triedOf(ladder: readonly Rung[]): Tried[] {
  return seenTogether(ladder).map(({ context, result }) => ({
    length: thousands(context),
    outcome: outcomes[result],
  }));
}

/** The cliff that a ladder shows so far, by the names of its lengths. */
export function cliffResult(
  asked: Omit<CliffResult, 'largest' | 'firstFailed' | 'ladder'>,
  ladder: readonly Rung[],
): CliffResult {
  const { largest, firstFailed } = cliffOf(triedOf(ladder));
  const name = (length: number | null): string | null => (length === null ? null : named(ladder, length));
  return { ...asked, largest: name(largest), firstFailed: name(firstFailed), ladder: seenTogether(ladder) };
}

/**
 * What a ladder that is complete says, first of all by a code that the ledger shows: `cliff:32k:oom` (the longest that works, how the
 * next fails), `cliff-none:oom`, `cliff-over:128k`; of a single check `smoke:50k:works` or `smoke:50k:oom`.
 */
export function cliffFindings(result: CliffResult): Finding[] {
  const { ladder, firstFailed } = result;
  const { beyond, unsteady } = cliffOf(triedOf(ladder));
  const failed = ladder.findLast(({ context, result: how }) => context === firstFailed && how !== 'works');
  return [
    result.from === result.max ? smokeFinding(result, failed) : cliffFinding(result, failed),
    ...notOneCliff(ladder, firstFailed, beyond),
    ...chanceFailures(ladder, unsteady),
    ...uncounted(ladder),
  ];
}

function smokeFinding({ max }: CliffResult, failed: Rung | undefined): Finding {
  const code = `smoke:${codeName(max)}:${failed?.result ?? 'works'}`;
  return { code, text: failed === undefined ? `${max} works.` : `${max} fails: ${quoted(failed)}` };
}

function cliffFinding({ largest, max, from }: CliffResult, failed: Rung | undefined): Finding {
  if (failed === undefined)
    return { code: `cliff-over:${codeName(max)}`, text: `${max} works: the cliff lies beyond.` };
  const how = `${failed.context} fails: ${quoted(failed)}`;
  return largest === null
    ? { code: `cliff-none:${failed.result}`, text: `No context works from ${from} on. ${how}` }
    : {
        code: `cliff:${codeName(largest)}:${failed.result}`,
        text: `${largest} is the longest context that works. ${how}`,
      };
}

function notOneCliff(
  ladder: readonly Rung[],
  firstFailed: string | null,
  beyond: Cliff['beyond'],
): Finding[] {
  if (beyond.length === 0) return [];
  const longer = beyond.map((length) => named(ladder, length)).join(', ');
  return [{ code: 'cliff-not-monotone', text: `${firstFailed} fails and ${longer} works.` }];
}

function chanceFailures(ladder: readonly Rung[], unsteady: Cliff['unsteady']): Finding[] {
  if (unsteady.length === 0) return [];
  const which = unsteady.map((length) => named(ladder, length));
  const first = ladder.find(({ context, result }) => which.includes(context) && result !== 'works');
  return [
    {
      code: 'cliff-unsteady',
      text: `${which.join(', ')} failed once and worked when tried again${first === undefined ? '' : `: ${quoted(first)}`}`,
    },
  ];
}

function uncounted(ladder: readonly Rung[]): Finding[] {
  const some = ladder.filter(({ result, promptTokens }) => result === 'works' && promptTokens === null);
  if (some.length === 0) return [];
  const which = some.map(({ context }) => context).join(', ');
  return [
    {
      code: 'prompt-unchecked',
      text: `${which}: no count of prompt tokens came with the answer, so a cut would not be seen.`,
    },
  ];
}

function quoted({ result, detail }: Rung): string {
  return detail === null ? `${result}.` : `${result} (${detail}).`;
}

/** `1M` -> `1000k`: codes are in small letters. */
function codeName(context: string): string {
  return `${thousands(context)}k`;
}

/** `4k` -> 4, `1M` -> 1000. */
function thousands(context: string): number {
  return Number.parseInt(context, 10) * (context.endsWith('M') ? 1000 : 1);
}

function named(ladder: readonly Rung[], length: number): string {
  return ladder.find(({ context }) => thousands(context) === length)?.context ?? `${length}k`;
}
