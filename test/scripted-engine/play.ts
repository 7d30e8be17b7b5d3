import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FrameKind } from './frames.ts';
import type { Plan } from './plan.ts';
import type { Script } from './script.ts';

/** What the server knows of one answer it gave: the truth that a client is held against. */
export interface RequestRecord {
  readonly id: string;
  /** Name of the case, when the prompt had a tag. */
  readonly case: string | null;
  /** CLOCK_MONOTONIC in ns, as text, once the whole request had been read. */
  readonly arrivalNs: string;
  /** A frame, CLOCK_MONOTONIC right after the write that completed it, and its deadline in ms since arrival. */
  readonly frames: [kind: FrameKind, tNs: string, deadlineMs: number][];
  /** sha256 of reasoning + answer text as planned; null when there is none. */
  readonly textSha256: string | null;
  readonly tokens: number;
  end: 'running' | 'body-end' | 'close' | 'reset' | 'stall' | 'client-left';
}

/** Writes a plan at its deadlines and stamps each write; ends as the plan says, or when the client leaves. */
export async function play(socket: Socket, plan: Plan, script: Script, record: RequestRecord): Promise<void> {
  const isChunked = script.transfer === 'chunked';
  const startNs = BigInt(record.arrivalNs);
  let lead = headOf(script);
  let shiftMs = 0;
  for (const [index, write] of plan.writes.entries()) {
    if (plan.stall !== null && index === plan.stall.afterWrite) shiftMs = plan.stall.ms;
    const deadlineMs = write.atMs + shiftMs;
    await until(startNs, deadlineMs);
    if (socket.destroyed) {
      record.end = 'client-left';
      return;
    }
    socket.write(Buffer.concat([lead, isChunked ? httpChunk(write.bytes) : write.bytes]));
    const tNs = String(process.hrtime.bigint());
    lead = Buffer.alloc(0);
    for (const kind of write.completes) record.frames.push([kind, tNs, deadlineMs]);
  }
  await finish(socket, plan, isChunked ? Buffer.concat([lead, Buffer.from('0\r\n\r\n')]) : lead);
  record.end = plan.end;
}

/** A record that has seen nothing yet, stamped now. */
export function newRecord(id: string, caseName: string | null, text: string, tokens: number): RequestRecord {
  const textSha256 = text === '' ? null : createHash('sha256').update(text).digest('hex');
  const arrivalNs = String(process.hrtime.bigint());
  return { id, case: caseName, arrivalNs, frames: [], textSha256, tokens, end: 'running' };
}

/** Resolves at `startNs + deadlineMs`, a millisecond late at most on an idle machine, never early. */
export async function until(startNs: bigint, deadlineMs: number): Promise<void> {
  for (;;) {
    const leftMs = deadlineMs - Number(process.hrtime.bigint() - startNs) / 1e6;
    if (leftMs <= 0) return;
    await new Promise((resolve) => setTimeout(resolve, leftMs));
  }
}

async function finish(socket: Socket, plan: Plan, bodyEnd: Buffer): Promise<void> {
  if (plan.end === 'reset') {
    // What was written must have left, or the reset would take it back.
    await new Promise((resolve) => setTimeout(resolve, 5));
    socket.resetAndDestroy();
  } else if (plan.end === 'close') {
    socket.end();
  } else if (plan.end === 'stall') {
    await new Promise((resolve) => socket.once('close', resolve));
  } else if (bodyEnd.length > 0) {
    socket.write(bodyEnd);
  }
  if (plan.end === 'body-end' && bodyEnd.length === 0) socket.end();
}

function headOf(script: Script): Buffer {
  const lines = ['HTTP/1.1 200 OK', 'server: scripted', 'content-type: text/event-stream; charset=utf-8'];
  if (script.transfer === 'chunked') lines.push('transfer-encoding: chunked');
  if (script.transfer === 'close' || script.closeAfter) lines.push('connection: close');
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

function httpChunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
