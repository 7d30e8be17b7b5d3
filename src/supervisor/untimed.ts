import { Agent, request } from 'undici';
import type { Json } from '../canonical.ts';

const limitMs = 5_000;

/**
 * A GET whose time nobody measures: settings and model lists. Null when the server does not answer 200 with
 * JSON within 5 s.
 */
export async function getJson(url: string, headers: { readonly [name: string]: string }): Promise<Json> {
  try {
    return JSON.parse((await getText(url, headers)) ?? 'null') as Json;
  } catch {
    return null;
  }
}

/** The same of any text, such as a page of metrics. */
export async function getText(
  url: string,
  headers: { readonly [name: string]: string },
): Promise<string | null> {
  try {
    const { status, text } = await getAnswer(url, headers);
    return status === 200 ? text : null;
  } catch {
    return null;
  }
}

/** An answer whatever its status. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

/** A GET whose status matters and whose time does not. @throws Error when no whole answer comes within 5 s. */
export async function getAnswer(url: string, headers: { readonly [name: string]: string }): Promise<Answer> {
  const dispatcher = new Agent({
    pipelining: 0,
    headersTimeout: limitMs,
    bodyTimeout: limitMs,
    connectTimeout: limitMs,
  });
  try {
    const answer = await request(url, { headers, dispatcher, signal: AbortSignal.timeout(limitMs) });
    return { status: answer.statusCode, text: await answer.body.text(), headers: answer.headers };
  } finally {
    await dispatcher.destroy();
  }
}

/** A POST of JSON whose time nobody measures; `status` 0: no answer within 60 s, and `text` says why. */
export async function postJson(
  url: string,
  headers: { readonly [name: string]: string },
  body: Json,
): Promise<{ readonly status: number; readonly text: string }> {
  const dispatcher = new Agent({ pipelining: 0, connectTimeout: limitMs });
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      dispatcher,
      signal: AbortSignal.timeout(60_000),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch (error) {
    return { status: 0, text: error instanceof Error ? error.message : String(error) };
  } finally {
    await dispatcher.destroy();
  }
}
