import { asJson, canonicalJson, type Json } from './canonical.ts';
import type { LaunchOutcome } from './launch.ts';
import { blobId } from './ledger/blob-id.ts';
import type { NewRecord } from './ledger/record.ts';
import type { Repo } from './ledger/repo.ts';
import { type RecallOfRun, recordedRecall } from './recall-of-run.ts';
import type { Finding, Summary } from './stats/summary.ts';
import type { EndedRun } from './write-run.ts';

/** The compact, committed part of a run: enough to compare it in a fresh clone. */
export function recordOf(
  run: EndedRun,
  summary: Summary | null,
  findings: readonly Finding[],
  recall: RecallOfRun | null,
): NewRecord {
  const { facts, place, plan, readied } = run;
  const requests = run.paired?.requests ?? run.outcomes.flatMap((outcome) => outcome.result?.requests ?? []);
  return {
    runId: facts.runId,
    bench: place.harness,
    startedAt: facts.clock.epochWallIso,
    endedAt: new Date().toISOString(),
    overrides: { ...plan.overrides },
    experiment: asJson(facts.experimentFile),
    sources: sourcesOf(plan.loaded.texts, place.repo),
    files: place.hashes,
    fingerprint: asJson(readied.inputs.fingerprint),
    snapshot: portable(run.snapshots.at(-1)?.document ?? null, plan.loaded.root),
    summary: summary as NewRecord['summary'],
    clientOverheadMs: asJson(facts.overhead),
    launches: run.outcomes.map((outcome) => portable(asJson(describeLaunch(outcome)), plan.loaded.root)),
    requests: requests.map(({ observation, trace }) => ({
      ...observation,
      itlMs: [...observation.itlMs],
      ...(typeof trace.textSha256 === 'string' ? { textSha256: trace.textSha256 } : {}),
    })),
    findings: [...findings],
    ...(recall === null ? {} : { recall: recordedRecall(recall) }),
    ...(run.own === undefined ? {} : { cliff: { ...run.own.cliff, ladder: [...run.own.cliff.ladder] } }),
    ...(run.paired?.judged ? { comparison: asJson(run.paired.judged.comparison) } : {}),
  } as NewRecord;
}

/** The experiment's own files, so that the row can be read where git has lost them. */
function sourcesOf(texts: EndedRun['plan']['loaded']['texts'], repo: Repo): NewRecord['sources'] {
  // Only a repository of the newer kind has longer ids.
  const algorithm = repo.kind === 'normal' && repo.head?.length === 64 ? 'sha256' : 'sha1';
  return Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [path, { blob: blobId(text, algorithm), text }]),
  );
}

function describeLaunch(outcome: LaunchOutcome): object {
  const { number, containment, result, stop, failure, caches, isPriming } = outcome;
  return {
    number,
    ...(isPriming ? { priming: true } : {}),
    containment,
    compileCaches: caches.map(({ path, start }) => ({ path, start })),
    loopDelay: result?.loopDelay ?? null,
    engine: { histogram: result?.histogram ?? null, counted: result?.counted ?? null },
    stop,
    failure: failure && {
      kind: failure.kind,
      detail: failure.detail,
      phase: failure.phase,
      message: failure.message,
      lines: failure.lines,
    },
  };
}

/** Committed texts name no place of this machine: what lies under the root is written as `$REPO_ROOT/...`. */
function portable(value: Json, root: string): Json {
  const inJson = JSON.stringify(root).slice(1, -1);
  const whole = new RegExp(`${inJson.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.-])`, 'g');
  return JSON.parse(canonicalJson(value).replace(whole, () => '$REPO_ROOT')) as Json;
}
