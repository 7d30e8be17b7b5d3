import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, errorBody } from './answers.ts';

/** How long a client may go on sending a body that was refused; its answer would be lost with the connection. */
const lingerMs = 10_000;

/** Answers 413 and throws the rest of the body away, so that the answer arrives. */
export function refuseBody(input: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly launch: string;
  readonly maxBodyBytes: number;
}): void {
  const { request, response, launch, maxBodyBytes } = input;
  const message = `the body is larger than the ${maxBodyBytes} bytes that this proxy takes (--max-body)`;
  answerJson(response, launch, 413, errorBody(413, 'invalid_request_error', message));
  request.resume();
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  const stop = (): void => clearTimeout(timer);
  request.once('end', stop);
  socket.once('close', stop);
}
