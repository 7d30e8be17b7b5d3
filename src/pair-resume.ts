import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from './canonical.ts';
import { BenchError, ExitCode } from './errors.ts';
import { harnessCell } from './ledger/interrupted.ts';
import { recordPath } from './ledger/place.ts';
import type { Row } from './ledger/row.ts';
import { runIdPattern } from './ledger/run-id.ts';
import type { Arm, KeptLaunch } from './pair-arms.ts';
import { counting, isVoid, type MeasuredPair, orderOf, pairOf } from './pair-loop.ts';
import { type PairPlan, ruleName } from './pair-plan.ts';
import { isGone, parseIdentity } from './process-identity.ts';
import type { Teller } from './teller.ts';

/** What a cut off run has measured and the next one can go on with. */
export interface LeftPairs {
  readonly pairs: readonly MeasuredPair<KeptLaunch>[];
  /** The first launch of the pair that was cut off, when it ended just now; null: none, or it is too old to be half of a pair. */
  readonly open: KeptLaunch | null;
  readonly runId: string;
  /** Folders in its `launches/`. */
  readonly launches: number;
  /** Moves them into the bundle of the run that goes on, and says in the old one where they are. */
  moveInto(bundle: string): void;
}

/** Two launches are a pair while the machine is the same as it was: so much may lie between them, ms. */
const longestGapMs = 10 * 60 * 1000;

interface RunFile {
  readonly runId: string;
  readonly outcome: string | null;
  readonly process: unknown;
  readonly pairs: {
    readonly kind: string;
    readonly fingerprint: string;
    readonly harness: string;
    readonly rule: string;
    readonly noise: string;
    readonly baseline: { readonly expId: string; readonly artifact: string | null };
    readonly candidate: { readonly expId: string; readonly artifact: string | null };
  };
}

/**
 * The newest run of the same two experiments that was cut off, with its finished launches.
 * @throws BenchError (exit 2) when there is none, when it still runs, or when the machine, the engine or what it is asked
 *   are not what they were: pairs of then and now do not belong together.
 */
export async function takeLeftPairs(input: {
  readonly plan: PairPlan;
  readonly arms: { readonly baseline: Arm; readonly candidate: Arm };
  /** Of the ledger, as it is. */
  readonly rows: readonly Row[];
  /** Names the calibrations that count now. */
  readonly noise: string;
  readonly teller: Teller;
}): Promise<LeftPairs> {
  const { plan, arms, rows, teller } = input;
  const folder = join(plan.candidate.loaded.root, '.bench_runs');
  const left = newestLeft(folder, { plan, arms, rows });
  if (left === null)
    throw refusal('There is no cut off run of these experiments to go on with', 'Run it without --resume.');
  const bundle = join(folder, left.runId);
  const identity = parseIdentity(JSON.stringify(left.process));
  if (identity !== null && !isGone(identity))
    throw refusal(`${left.runId} still runs (pid ${identity.pid})`, 'Wait for it, or stop it.');
  const changed = whatChanged(left, arms) ?? otherRule(left, plan) ?? otherNoise(left, input.noise, plan);
  if (changed !== null)
    throw refusal(
      `${left.runId} cannot be gone on with: ${changed}`,
      'Run it without --resume; the old pairs stay in .bench_runs/.',
    );
  const launches = readLaunches(join(bundle, 'launches'));
  const { pairs, open } = asPairs(launches, plan, Date.now());
  teller.note(
    `going on with ${left.runId}: ${pairs.length} finished ${pairs.length === 1 ? 'pair' : 'pairs'}${open === null ? '' : ' and one launch'} of it`,
  );
  return {
    runId: left.runId,
    pairs,
    open,
    launches: Math.max(0, ...launchFolders(join(bundle, 'launches'))),
    moveInto(into) {
      renameSync(join(bundle, 'launches'), join(into, 'launches'));
      // A bundle without launches makes no row, and this one's are in the new run.
      mkdirSync(join(bundle, 'launches'));
      const text = { ...left, outcome: `gone on with as ${into.slice(into.lastIndexOf('/') + 1)}` };
      writeFileSync(join(bundle, 'run.json'), `${JSON.stringify(text, null, 2)}\n`);
    },
  };
}

function newestLeft(
  folder: string,
  { plan, arms, rows }: { plan: PairPlan; arms: { baseline: Arm; candidate: Arm }; rows: readonly Row[] },
): RunFile | null {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => runIdPattern.test(name)) : [];
  for (const name of names.sort().reverse()) {
    const run = readJson<RunFile>(join(folder, name, 'run.json'));
    if (run?.pairs === undefined || run.pairs.kind !== plan.kind || !isCutOff(run, rows, arms)) continue;
    const isOurs =
      run.pairs.baseline.expId === arms.baseline.facts.expId &&
      run.pairs.candidate.expId === arms.candidate.facts.expId;
    if (isOurs && launchFolders(join(folder, name, 'launches')).length > 0) return run;
  }
  return null;
}

/** Killed, or stopped by a signal; one that had come to its verdict is over, whatever became of its commit. */
function isCutOff(
  { runId, outcome }: RunFile,
  rows: readonly Row[],
  { candidate }: { candidate: Arm },
): boolean {
  if (outcome !== null) return outcome.startsWith('interrupted');
  const row = rows.find((one) => one.run_id === runId);
  if (row !== undefined) return row.reason?.startsWith('interrupted') === true;
  return !existsSync(recordPath(candidate.place.ledger, runId));
}

function whatChanged({ pairs }: RunFile, arms: { baseline: Arm; candidate: Arm }): string | null {
  const now = arms.candidate.readied.inputs.fingerprint.id;
  if (pairs.fingerprint !== now) return `the fingerprint was ${pairs.fingerprint} and is ${now}`;
  const harness = harnessCell(arms.candidate.place.harness);
  if (pairs.harness !== harness) return `it was measured by bench ${pairs.harness}, and this is ${harness}`;
  for (const name of ['baseline', 'candidate'] as const) {
    const artifact = arms[name].readied.inputs.artifact;
    if (pairs[name].artifact !== artifact)
      return `the ${name}'s artifact was ${pairs[name].artifact} and is ${artifact}`;
  }
  return null;
}

/** Who has seen pairs must not choose by what they are judged. */
function otherRule({ pairs }: RunFile, plan: PairPlan): string | null {
  return pairs.rule === ruleName(plan)
    ? null
    : 'it was judged by another rule (metric, min_effect, guards or foreign_load)';
}

/** What pairs are weighed with is chosen before they are seen, too; a calibration itself uses none. */
function otherNoise({ pairs }: RunFile, noise: string, { kind }: PairPlan): string | null {
  if (kind === 'calibrate' || pairs.noise === noise) return null;
  return 'the calibration that counts is another one than then';
}

function readLaunches(folder: string): KeptLaunch[] {
  return launchFolders(folder).flatMap((number) => {
    const path = join(folder, String(number));
    const stored = readJson<KeptLaunch & { pair: number }>(join(path, 'outcome.json'));
    return stored === null ? [] : [withSnapshot(stored, join(path, 'snapshot.json'))];
  });
}

/** JSON knows no NaN: a time that is not known comes back as null. */
function withSnapshot(stored: KeptLaunch, path: string): KeptLaunch {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : null;
  const snapshot =
    text === null || stored.snapshot === null
      ? null
      : { ...stored.snapshot, text, sha256: sha256Hex(text), document: JSON.parse(text) };
  const slowedMs = Object.entries(stored.conditions?.slowedMs ?? {}).map(([reason, ms]) => [
    reason,
    ms ?? Number.NaN,
  ]);
  const conditions = stored.conditions && { ...stored.conditions, slowedMs: Object.fromEntries(slowedMs) };
  const { outcome, requests } = stored;
  const result = outcome.result && { ...outcome.result, requests };
  return { ...stored, outcome: { ...outcome, result }, conditions, snapshot, texts: null };
}

/** The launches of a cut off run, in order, as the pairs they made; `nowMs` tells whether the last one is still half of one. */
export function asPairs(
  launches: readonly KeptLaunch[],
  plan: Pick<PairPlan, 'isSpeculative' | 'largestForeignPercent'>,
  nowMs: number,
): { pairs: MeasuredPair<KeptLaunch>[]; open: KeptLaunch | null } {
  const pairs: MeasuredPair<KeptLaunch>[] = [];
  let open: KeptLaunch | null = null;
  for (const launch of launches) {
    const first: KeptLaunch | null = open?.pair === launch.pair && open.arm !== launch.arm ? open : null;
    open = null;
    if (first === null && !isVoid(launch)) {
      open = launch;
      continue;
    }
    const place = { order: orderOf(counting(pairs).length + 1), number: pairs.length + 1 };
    pairs.push(first === null ? pairOf(plan, place, launch, null) : pairOf(plan, place, first, launch));
  }
  const isFresh = open !== null && nowMs - open.endedAtMs < longestGapMs;
  return { pairs, open: isFresh ? open : null };
}

function launchFolders(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const numbers = readdirSync(folder).filter((name) => /^\d+$/.test(name));
  return numbers.map(Number).sort((one, other) => one - other);
}

function readJson<Value>(path: string): Value | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Value;
  } catch {
    return null;
  }
}

function refusal(message: string, hint: string): BenchError {
  return new BenchError(message, { exitCode: ExitCode.usage, hint });
}
