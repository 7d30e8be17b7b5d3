import type { Engine, RequestSettings } from './engines/engine.ts';
import type { WireRequest } from './measure/replay.ts';
import type { Headers } from './measure/request.ts';
import type { Query } from './workload/query.ts';

/** Where an engine answers, whoever started it. */
export interface Target {
  /** With or without `/v1` at its end. */
  readonly baseUrl: string;
  readonly model: string;
  readonly headers: Headers;
}

/** How every request of a launch is made. */
export interface AskSettings extends Omit<RequestSettings, 'model' | 'requestId' | 'maxTokens'> {
  /** For queries that name no limit of their own; null: the engine's. */
  readonly maxTokens: number | null;
  /** Begins every request id. */
  readonly idPrefix: string;
}

/** What a question needs to be asked: a query of the file, or a warm-up prompt. */
export type Question = Pick<Query, 'messages' | 'maxTokens'> & Partial<Pick<Query, 'fields'>>;

/** Makes requests of questions, each with an id of its own. */
export function wireMaker(
  target: Target,
  engine: Engine,
  settings: AskSettings,
): (question: Question) => WireRequest {
  const path = apiPath(target.baseUrl, '/chat/completions');
  let asked = 0;
  return (question) => {
    asked += 1;
    const requestId = `${settings.idPrefix}-${asked}`;
    const body = engine.requestBody(
      { messages: question.messages, fields: question.fields ?? {} },
      { ...settings, model: target.model, maxTokens: question.maxTokens ?? settings.maxTokens, requestId },
    );
    return { path, headers: target.headers, body, requestId };
  };
}

/** The path of an API call below a base URL that may already end in `/v1`. */
export function apiPath(baseUrl: string, path: string): string {
  return baseUrl.replace(/\/+$/, '').endsWith('/v1') ? path : `/v1${path}`;
}
