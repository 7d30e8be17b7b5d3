import type { ServerResponse } from 'node:http';

/** Names the launch that an answer is of. */
export const launchHeader = 'x-bench-launch';

/** Answers with JSON the proxy itself wrote. @param launch `<run id>-<n>`. */
export function answerJson(
  response: ServerResponse,
  launch: string,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  answerText(response, launch, status, `${JSON.stringify(body)}\n`, {
    'content-type': 'application/json',
    ...headers,
  });
}

/** Answers with a whole text. */
export function answerText(
  response: ServerResponse,
  launch: string,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(text),
    [launchHeader]: launch,
  });
  response.end(text);
}

/** An error as clients of the OpenAI API expect it. */
export function errorBody(code: number, type: string, message: string): object {
  return { error: { message, type, code } };
}
