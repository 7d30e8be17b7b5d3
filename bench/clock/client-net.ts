/** A raw node:net client: what Node itself costs. It stamps in the data handler and keeps the bytes. */
import { connect } from 'node:net';
import { drive, type Now, type Read, type Stream } from './drive.ts';
import { type Job, requestBody } from './job.ts';

await drive(open);

async function open(job: Job, now: Now): Promise<Stream> {
  const socket = connect({ host: '127.0.0.1', port: job.port, noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const body = requestBody(job.tokens);
  let reads: Read[] = [];
  let ended: (() => void) | null = null;
  socket.on('data', (bytes: Buffer) => {
    reads.push({ tNs: now(), bytes });
    if (isLast(bytes)) ended?.();
  });
  return {
    async ask(id) {
      const callNs = now();
      reads = [];
      const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${job.port}\r\ncontent-type: application/json\r\naccept: text/event-stream\r\nx-request-id: ${id}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
      const whole = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const sentNs = now();
      socket.write(request);
      await whole;
      return { callNs, sentNs, reads };
    },
    close: () => socket.destroy(),
  };
}

/** Whether the bytes end with the last HTTP chunk, `0\r\n\r\n`. */
function isLast(bytes: Buffer): boolean {
  const n = bytes.length;
  return n >= 5 && bytes[n - 5] === 0x30 && bytes.readUInt32BE(n - 4) === 0x0d0a0d0a;
}
