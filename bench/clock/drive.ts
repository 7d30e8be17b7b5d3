import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromArgv, type Job } from './job.ts';

/** What came with one read of the response, and when. */
export interface Read {
  readonly tNs: number;
  readonly bytes: Buffer;
}

/** One finished request as a client saw it: `stamps` already says the tokens' times, or `reads` holds what to parse. */
export interface Exchange {
  /** Before the client library was called. */
  readonly callNs: number;
  /** Right before the request was handed to the kernel, as far as the library tells. */
  readonly sentNs: number;
  readonly stamps?: readonly number[];
  readonly reads?: readonly Read[];
}

/** One connection of the client under test. */
export interface Stream {
  ask(id: string): Promise<Exchange>;
  close(): void;
}

/** ns since the job's epoch, from CLOCK_MONOTONIC. */
export type Now = () => number;

/**
 * Runs a whole client process: opens the streams, one warm-up phase, one measured phase, writes the stamps in the
 * format of floor.c. The bytes are parsed after the last request, so that only the library is in the timed path.
 */
export async function drive(open: (job: Job, now: Now) => Promise<Stream>): Promise<void> {
  const job = fromArgv(process.argv.slice(2));
  const now: Now = () => Number(process.hrtime.bigint() - job.epochNs);
  const streams: Stream[] = [];
  for (let i = 0; i < job.streams; i += 1) streams.push(await open(job, now));
  const done: Exchange[][] = streams.map(() => []);
  await phase(job, streams, done, 0, job.warmup);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const cpu = process.cpuUsage();
  await phase(job, streams, done, job.warmup, job.requests);
  const used = process.cpuUsage(cpu);
  delay.disable();
  for (const stream of streams) stream.close();
  const facts = {
    cpu: used.user + used.system,
    loop: `${delay.percentile(50)} ${delay.percentile(99)} ${delay.max}`,
  };
  writeFileSync(job.out, render(job, done, facts));
}

async function phase(
  job: Job,
  streams: readonly Stream[],
  done: Exchange[][],
  from: number,
  to: number,
): Promise<void> {
  await Promise.all(
    streams.map(async (stream, i) => {
      const startMs = (job.spreadMs * i) / job.streams;
      if (startMs > 0) await sleep(startMs);
      for (let k = from; k < to; k += 1) done[i]?.push(await stream.ask(`${job.prefix}-${i}-${k}`));
    }),
  );
}

function render(job: Job, done: readonly Exchange[][], facts: { cpu: number; loop: string }): string {
  let tokens = 0;
  const lines = done.flatMap((exchanges, i) =>
    exchanges.map((exchange, k) => {
      const stamps = exchange.stamps ?? tokenStamps(exchange.reads ?? []);
      if (k >= job.warmup) tokens += stamps.length;
      return [`${job.prefix}-${i}-${k}`, exchange.callNs, exchange.sentNs, ...stamps].join(' ');
    }),
  );
  const total = process.cpuUsage();
  const own = [
    `# cpu ${facts.cpu}`,
    `# tokens ${tokens}`,
    `# total ${total.user + total.system}`,
    `# loop ${facts.loop}`,
  ];
  return `${[...lines, ...own].join('\n')}\n`;
}

/** A token's stamp is that of the read that brought the end of its event. */
function tokenStamps(reads: readonly Read[]): number[] {
  const text = reads.map((read) => read.bytes.toString('latin1')).join('');
  const stamps: number[] = [];
  let at = 0;
  let read = 0;
  let upTo = reads[0]?.bytes.length ?? 0;
  for (;;) {
    const content = text.indexOf('"content":"', at);
    const end = content < 0 ? -1 : text.indexOf('\n\n', content);
    if (end < 0) return stamps;
    at = end + 2;
    while (upTo < at) upTo += reads[++read]?.bytes.length ?? at;
    stamps.push(reads[read]?.tNs ?? Number.NaN);
  }
}
