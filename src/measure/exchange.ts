import { afterReads, noteRead } from './after-reads.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { Connection } from './connection.ts';
import type { Ending } from './outcome.ts';

/** After the last word ([DONE] or an error) the body's end is waited for only through this much silence. */
const lastWordSilenceMs = 1_000;

/** The life of one request on a prepared connection: from the write until the answer is whole or cut short. */
export class Exchange {
  private readonly connection: Connection;
  private readonly answer: AnswerReader;
  private readonly options: { readonly timeoutMs: number; readonly signal: AbortSignal };
  private reads: [tNs: number, bytes: Buffer][] = [];
  private isDrainDue = false;
  private isFinished = false;
  private timer: NodeJS.Timeout | null = null;
  private silence: NodeJS.Timeout | null = null;
  private settle: (ending: Ending) => void = () => {};

  constructor(
    connection: Connection,
    answer: AnswerReader,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ) {
    this.connection = connection;
    this.answer = answer;
    this.options = options;
  }

  /** Writes the request, tells when it was sent, and feeds the answer; never rejects. */
  run(request: Buffer, onSent: (tNs: number) => void): Promise<Ending> {
    return new Promise((resolve) => {
      this.settle = resolve;
      const { signal, timeoutMs } = this.options;
      if (signal.aborted) {
        this.abort();
        return;
      }
      this.timer = setTimeout(() => this.finish({ kind: 'timeout' }), Math.min(timeoutMs, 0x7fffffff));
      signal.addEventListener('abort', this.abort, { once: true });
      this.connection.start(request, {
        onSent: (tNs) => {
          onSent(tNs);
          this.timer?.refresh();
        },
        onRead: (tNs, bytes) => {
          this.reads.push([tNs, bytes]);
          noteRead();
          if (!this.isDrainDue) afterReads(this.drainAndDecide);
          this.isDrainDue = true;
        },
        onEnd: (tNs, error) => this.closed(tNs, error),
      });
    });
  }

  private readonly abort = () => this.finish({ kind: 'aborted' });

  private drain(): void {
    const reads = this.reads;
    this.reads = [];
    for (const [tNs, bytes] of reads) this.answer.push(tNs, bytes);
  }

  private readonly drainAndDecide = (): void => {
    this.isDrainDue = false;
    if (this.isFinished) return;
    this.drain();
    const { response } = this.answer;
    if (response.isComplete() || response.error !== null || this.answer.isRefused) {
      this.finish({ kind: 'complete' });
    } else if (this.answer.hasLastWord()) {
      this.silence ??= setTimeout(() => this.finish({ kind: 'complete' }), lastWordSilenceMs);
      this.silence.refresh();
    }
  };

  private closed(tNs: number, error: Error | null): void {
    this.drain();
    this.answer.end(tNs);
    const text =
      error === null ? this.answer.protocolError() : `the connection broke: ${describeError(error)}`;
    if (this.answer.response.isComplete()) this.finish({ kind: 'complete' });
    else this.finish({ kind: 'closed', error: text ?? 'the connection was closed' });
  }

  private finish(ending: Ending): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.drain();
    clearTimeout(this.timer ?? undefined);
    clearTimeout(this.silence ?? undefined);
    this.options.signal.removeEventListener('abort', this.abort);
    this.settle(ending);
  }
}

/** One line for a socket error; a failed name lookup or dual-stack connect holds several. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join('; ');
  return error instanceof Error ? error.message : String(error);
}
