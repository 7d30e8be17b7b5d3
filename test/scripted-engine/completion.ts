import type { Socket } from 'node:net';
import { readAsked } from './asked.ts';
import { direct } from './direct.ts';
import { usageOf } from './frames.ts';
import type { HttpRequest } from './http-request.ts';
import { type Plan, type PlannedRequest, plan } from './plan.ts';
import { newRecord, play, type RequestRecord, until } from './play.ts';
import { namedScript, plain, type Script } from './script.ts';
import { type EngineState, reply } from './state.ts';

/** Answers one chat completion: by the script that its prompt names, by what it recalls, else by the next script in turn. */
export async function completion(socket: Socket, http: HttpRequest, state: EngineState): Promise<void> {
  const { options } = state;
  const asked = readAsked(http, `request-${state.completions + 1}`, options.doubleBos);
  if (asked === null)
    return reply(socket, 400, { error: { message: 'the body is not a chat completion', code: 400 } });
  const tag = /\[\[case:([^\]]+)\]\]/.exec(asked.rendered)?.[1] ?? null;
  const inTurn = options.scripts[state.completions % options.scripts.length] ?? plain;
  state.completions += 1;
  options.onCompletion(state.completions);
  const { script, request, isBroken } = direct(
    asked,
    tag === null ? inTurn : namedScript(tag),
    tag !== null,
    options,
  );
  const seed = (options.pace.seed ?? 0) + state.completions;
  const planned = plan(script, request, {
    timeScale: 1,
    slowPercent: 0,
    jitterPercent: 0,
    ...options.pace,
    seed,
  });
  const record = newRecord(request.id, tag, planned.reasoning + planned.answer, planned.tokens);
  state.records.set(record.id, record);
  const death = state.completions === options.dieAfterRequests ? dieMidway(planned, options.onDie) : null;
  if (script.status !== 200) await refuse(socket, script, planned, record);
  else if ((asked.stream && script.streamed) || isBroken) await play(socket, planned, script, record);
  else await answerWhole(socket, request, planned, script, record);
  clearTimeout(death ?? undefined);
  state.tokens += planned.tokens;
  options.onRecord(record);
}

function dieMidway(planned: Plan, onDie: () => void): NodeJS.Timeout {
  const lastMs = planned.writes.at(-1)?.atMs ?? 0;
  return setTimeout(onDie, lastMs / 2);
}

async function refuse(socket: Socket, script: Script, planned: Plan, record: RequestRecord): Promise<void> {
  await until(BigInt(record.arrivalNs), planned.writes[0]?.atMs ?? 0);
  reply(socket, script.status, script.body);
  record.end = 'body-end';
}

/** The answer as one document, when its last chunk would have left. */
async function answerWhole(
  socket: Socket,
  request: PlannedRequest,
  planned: Plan,
  script: Script,
  record: RequestRecord,
): Promise<void> {
  const deadlineMs = planned.writes.at(-1)?.atMs ?? 0;
  await until(BigInt(record.arrivalNs), deadlineMs);
  const message = {
    role: 'assistant',
    content: planned.answer,
    reasoning_content: planned.reasoning || null,
  };
  const usage = usageOf(planned.tokens / script.tokensPerChunk, script, request);
  const choices = [{ index: 0, message, finish_reason: script.finishReason ?? 'stop' }];
  reply(socket, 200, {
    id: request.id,
    object: 'chat.completion',
    model: request.model,
    choices,
    usage,
  });
  record.frames.push(['content', String(process.hrtime.bigint()), deadlineMs]);
  record.end = 'body-end';
}
