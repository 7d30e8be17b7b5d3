import type { Redact } from './bundle.ts';
import type { Json } from './canonical.ts';
import { tinyCompletion } from './engine-spec.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { LaunchInput, LaunchOutcome } from './launch.ts';
import { askingOf, observer, recallOf } from './launch-asking.ts';
import { explainFailure } from './launch-failure.ts';
import { measureTarget } from './measure-target.ts';
import type { Plan } from './plan.ts';
import { apiPath, type Target } from './session.ts';
import type { RecallAnswer } from './stats/recall.ts';
import { getAnswer, postJson } from './supervisor/untimed.ts';

/** How much of a refusal is shown. */
const longestAnswer = 300;

/**
 * Finds out which model a server that runs elsewhere serves, and that one completion succeeds.
 * @throws BenchError (exit 5) when it does not answer, exit 2 when its models leave the choice open.
 */
export async function reachRemote(
  address: { baseUrl: string; apiKey: string | undefined; model: string | undefined },
  redact: Redact,
): Promise<Target> {
  const baseUrl = address.baseUrl.replace(/\/+$/, '');
  const headers: Record<string, string> =
    address.apiKey === undefined ? {} : { authorization: `Bearer ${address.apiKey}` };
  const model = address.model ?? (await onlyModel(baseUrl, headers));
  const answer = await postJson(
    `${baseUrl}${apiPath(baseUrl, '/chat/completions')}`,
    headers,
    tinyCompletion(model),
  );
  if (answer.status !== 200) {
    // Redacted before it is cut: nobody recognises half a secret.
    const status = answer.status === 0 ? '' : `HTTP ${answer.status} `;
    const said = `${status}${redact(answer.text)}`.slice(0, longestAnswer);
    throw new BenchError(`${baseUrl} does not answer a completion of one token: ${said}`, {
      exitCode: ExitCode.host,
      hint: 'Check that the server is up, that the URL ends where its API begins (often /v1), and the key if it needs one.',
    });
  }
  return { baseUrl, model, headers };
}

/** Measures a server that bench neither starts nor stops. Never throws. */
export async function runRemote(input: LaunchInput, target: Target): Promise<LaunchOutcome> {
  const recall: RecallAnswer[] = [];
  const outcome = {
    number: input.number,
    model: target.model,
    findings: [],
    stop: null,
    containment: null,
    recall,
    caches: [],
    counted: null,
    isPriming: false,
  };
  try {
    const { signal } = input.interrupt;
    const result = await measureTarget({
      ...askingOf(input, target),
      recall: await recallOf(input, { target, signal }, recall),
      signal,
      observer: observer(input, target, null, () => {}),
    });
    const failure = input.interrupt.signal.aborted
      ? explainFailure(null, 'measuring', input.interrupt, null)
      : null;
    return { ...outcome, result, failure };
  } catch (error) {
    return { ...outcome, result: null, failure: explainFailure(error, 'measuring', input.interrupt, null) };
  }
}

/** The address an experiment of engine openai names. */
export function remoteAddress(experiment: Plan['experiment']): Parameters<typeof reachRemote>[0] {
  return { baseUrl: experiment.baseUrl ?? '', apiKey: experiment.apiKey, model: experiment.model };
}

async function onlyModel(baseUrl: string, headers: Record<string, string>): Promise<string> {
  const list = await modelList(baseUrl, headers);
  const data = (list as { data?: { id?: unknown }[] } | null)?.data ?? [];
  const ids = data.map((entry) => entry.id).filter((id): id is string => typeof id === 'string');
  const [first] = ids;
  if (first !== undefined && ids.length === 1) return first;
  const what =
    ids.length === 0
      ? 'does not list its models'
      : `serves ${ids.length} models: ${ids.slice(0, 10).join(', ')}`;
  throw new BenchError(`${baseUrl} ${what}`, {
    exitCode: ids.length === 0 ? ExitCode.host : ExitCode.usage,
    hint:
      ids.length === 0
        ? 'Is it up, and does the URL end where its API begins (often /v1)? If it has no model list, name the model.'
        : 'Name one: `model:` in the file, --model with bench try.',
  });
}

/** What it answers to the question for its models; null for an answer without JSON. */
async function modelList(baseUrl: string, headers: Record<string, string>): Promise<Json> {
  try {
    const { status, text } = await getAnswer(`${baseUrl}${apiPath(baseUrl, '/models')}`, headers);
    return status === 200 ? jsonOrNull(text) : null;
  } catch (error) {
    throw new BenchError(`${baseUrl} cannot be reached: ${connectionProblem(error)}`, {
      exitCode: ExitCode.host,
      hint: 'Is the server up, and are host and port what it says it listens on?',
    });
  }
}

function jsonOrNull(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function connectionProblem(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'nothing listens there (connection refused)';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its host name is not known';
  if (name === 'TimeoutError' || /TIMEOUT/.test(code ?? '')) return 'no answer within 5 s';
  return message;
}
