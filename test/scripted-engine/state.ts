import type { Socket } from 'node:net';
import type { Pace } from './plan.ts';
import type { RequestRecord } from './play.ts';
import type { Script } from './script.ts';

/** How a scripted engine behaves; every member has a default. */
export interface ScriptedEngineOptions {
  readonly host?: string;
  /** 0: the kernel chooses. */
  readonly port?: number;
  /** Taken in turn by requests whose prompt has no `[[case:NAME]]`. */
  readonly scripts?: readonly Script[];
  readonly pace?: Partial<Pace>;
  /** `/health` says 503 "Loading model" for so long. */
  readonly readyAfterMs?: number;
  /** An idle connection is closed after so long, as uvicorn does. */
  readonly keepAliveMs?: number;
  /** Calls `onDie` in the middle of the answer to the k-th completion. */
  readonly dieAfterRequests?: number | null;
  readonly onDie?: () => void;
  readonly onRecord?: (record: RequestRecord) => void;
  readonly model?: string;
  /** Called as the k-th completion begins, before its first byte. */
  readonly onCompletion?: (count: number) => void;
  /** What the histograms of `/metrics` say of a time is so much more than it was. */
  readonly skewPercent?: number;
}

/** What the handlers of one engine share. */
export interface EngineState {
  readonly options: Required<ScriptedEngineOptions>;
  readonly records: Map<string, RequestRecord>;
  readonly readyAtMs: number;
  completions: number;
  tokens: number;
}

/** Writes a whole response: JSON, or text as it stands. */
export function reply(socket: Socket, status: number, body: unknown): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  const head = `HTTP/1.1 ${status} Scripted\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`;
  socket.write(head + text);
}
