import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson, type Json } from './canonical.ts';
import type { Engine } from './engines/engine.ts';
import type { Stated } from './engines/facts.ts';
import type { Target } from './session.ts';
import type { RunningEngine } from './supervisor/spec.ts';
import { getJson, getText } from './supervisor/untimed.ts';

/** Longer than this an endpoint's answer is not kept in the snapshot; the facts read from it are. */
const longestKept = 32 << 10;

/** Settings that hold a secret whatever the file says about secrets. */
const secretNames = /^(?:admin_)?api_keys?$|password|secret|^(?:hf_?|auth_?|access_?)?token$/i;

/** Asks a warm engine about itself, as far as it can be asked; nothing of this is timed. */
export async function gatherStated(
  engine: Pick<Engine, 'factsPaths' | 'metricsPath'>,
  target: Target,
  running: RunningEngine | null,
): Promise<Stated> {
  const answers = engine.factsPaths.map(async (path): Promise<[string, Json]> => {
    return [path, await getJson(`${target.baseUrl}${path}`, target.headers)];
  });
  const stated = (await Promise.all(answers)).filter(([, answer]) => answer !== null);
  return {
    endpoints: Object.fromEntries(stated),
    metrics: await readMetrics(engine, target),
    log: (running?.lines() ?? []).map(({ text }) => text),
  };
}

/** The engine's counters as they stand; null when it has none, or does not show them. */
export async function readMetrics(
  engine: Pick<Engine, 'metricsPath'>,
  target: Target,
): Promise<string | null> {
  return engine.metricsPath === null
    ? null
    : getText(`${target.baseUrl}${engine.metricsPath}`, target.headers);
}

/** An engine counts a request a moment after it has answered it. */
const settlingMs = 200;

/** The counters once the last request is in them. */
export async function settledMetrics(
  engine: Pick<Engine, 'metricsPath'>,
  target: Target,
): Promise<string | null> {
  if (engine.metricsPath === null) return null;
  await sleep(settlingMs);
  return readMetrics(engine, target);
}

/** What the snapshot keeps of the endpoints' own words: all of a short one, without secrets. */
export function keptStated(stated: Stated): Json {
  return Object.fromEntries(
    Object.entries(stated.endpoints).map(([path, answer]): [string, Json] => {
      const kept = withoutSecretNames(answer);
      const { length } = canonicalJson(kept);
      return [path, length <= longestKept ? kept : { absent: `${length} bytes of JSON, too long to keep` }];
    }),
  );
}

/** Settings that name a secret are taken out, whatever their value. */
export function withoutSecretNames(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutSecretNames(item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]): [string, Json] => [
      name,
      secretNames.test(name) && inner !== null && inner !== false
        ? { redacted: true }
        : withoutSecretNames(inner ?? null),
    ]),
  );
}
