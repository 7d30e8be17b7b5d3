/** What a client wrote in its own export about one request, ms. */
export interface Reading {
  /** The engine's name for the request: the request id the client sent, or the one the engine gave it. */
  readonly id: string;
  readonly ttftMs: number;
  /** Mean gap between tokens; null where the client gives none. */
  readonly itlMs: number | null;
  /** Every gap; null where the client gives the mean only. */
  readonly gapsMs: readonly number[] | null;
}

/** What a client is put under; the same requests for all. */
export interface Load {
  readonly port: number;
  /** Requests in flight: the next one goes out when one has ended. */
  readonly streams: number;
  readonly requests: number;
  readonly tokens: number;
  /** A scratch folder of this client alone. */
  readonly folder: string;
}

/** A command to run and where it leaves its export. */
export interface PeerRun {
  /** Arguments to the python of the peer's own venv. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Path of the export. */
  readonly out: string;
}

/** The user message of every request, in tools that want a file of prompts: a JSONL with one `text` a line. */
export function promptLines(count: number): string {
  const text = 'Say something long about clocks, tides and the people who kept both.';
  return `${JSON.stringify({ text })}\n`.repeat(count);
}

/** A number out of a foreign export, or null: a tool that counted nothing leaves the field out or null. */
export function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
