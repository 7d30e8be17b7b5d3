import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fill } from './fill.ts';
import { tooLongToServe } from './limit.ts';
import { lengthOptions, recallFlags, recallUsage } from './recall-flags.ts';
import { namedScript, plain, type Script } from './script.ts';
import { startScriptedEngine } from './server.ts';

const usage = `usage: main.js [options]
  --host ADDRESS            127.0.0.1
  --port N                  0: the kernel chooses; printed as "listening on URL"
  --script NAME|FILE,...    names of README.md, or JSON files with members of a script; taken in turn
  --log FILE                appends one JSON line for each answer
  --model ID                scripted
  --time-scale X            1; multiplies every time
  --slow-percent P          0; every time so much longer
  --jitter-percent P        0; each deadline moved by up to so much of a gap
  --seed N                  0; of the jitter
  --keep-alive-ms N         5000
  --boot-ms N               0; before it listens, or dies
  --ready-after-ms N        0; /health says 503 for so long
  --die-at-boot TEXT        writes TEXT to stderr and exits
  --die-after K             exits in the middle of the K-th answer
  --exit-code N             1; of both deaths
  --api-key KEY             taken as engines take it, and asked of nobody
  --say TEXT                writes TEXT to stdout and stderr, in two pieces
  --say-at K:TEXT           writes TEXT to stderr as the K-th answer begins
  --cache-dir FOLDER        keeps what it compiles there, before it listens, unless it is there already
  --cache-at K              compiles as the K-th answer begins instead
  --cache-anew              compiles under another name at every start
  --skew-percent P          0; its histograms say that everything took so much longer
${recallUsage}In TEXT, ID and script files {{NAME}} is the variable NAME; {{NAME|json|url|base64|head|tail}} what is made of it.
`;

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    script: { type: 'string', default: 'plain' },
    log: { type: 'string' },
    model: { type: 'string', default: 'scripted' },
    'time-scale': { type: 'string', default: '1' },
    'slow-percent': { type: 'string', default: '0' },
    'jitter-percent': { type: 'string', default: '0' },
    seed: { type: 'string', default: '0' },
    'keep-alive-ms': { type: 'string', default: '5000' },
    'boot-ms': { type: 'string', default: '0' },
    'ready-after-ms': { type: 'string', default: '0' },
    'die-at-boot': { type: 'string' },
    'die-after': { type: 'string' },
    'exit-code': { type: 'string', default: '1' },
    'api-key': { type: 'string' },
    say: { type: 'string' },
    'say-at': { type: 'string', default: '' },
    'cache-dir': { type: 'string' },
    'cache-at': { type: 'string' },
    'cache-anew': { type: 'boolean', default: false },
    'skew-percent': { type: 'string', default: '0' },
    ...recallFlags,
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await serve();

async function serve(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Number(values['boot-ms'])));
  const exitCode = Number(values['exit-code']);
  if (values.say !== undefined) await say(fill(values.say, process.env));
  if (values['die-at-boot'] !== undefined) {
    process.stderr.write(`${fill(values['die-at-boot'], process.env)}\n`);
    process.exit(exitCode);
  }
  const wantedTokens = Number(values['max-model-len'] ?? 0);
  const heldTokens = Number(values['kv-tokens'] ?? Number.POSITIVE_INFINITY);
  if (wantedTokens > heldTokens) {
    process.stderr.write(`${tooLongToServe(wantedTokens, heldTokens)}\n`);
    process.exit(exitCode);
  }
  if (values['cache-at'] === undefined) compile();
  const log = values.log;
  const engine = await startScriptedEngine({
    host: values.host,
    port: Number(values.port),
    scripts: values.script.split(',').map(scriptOf),
    pace: {
      timeScale: Number(values['time-scale']),
      slowPercent: Number(values['slow-percent']),
      jitterPercent: Number(values['jitter-percent']),
      seed: Number(values.seed),
    },
    readyAfterMs: Number(values['ready-after-ms']),
    keepAliveMs: Number(values['keep-alive-ms']),
    dieAfterRequests: values['die-after'] === undefined ? null : Number(values['die-after']),
    onDie: () => process.exit(exitCode),
    onRecord: (record) => {
      if (log !== undefined) appendFileSync(log, `${JSON.stringify(record)}\n`);
    },
    model: fill(values.model, process.env),
    onCompletion: (count) => {
      sayAt(values['say-at'])(count);
      if (count === Number(values['cache-at'])) compile();
    },
    skewPercent: Number(values['skew-percent']),
    ...lengthOptions(values, exitCode),
  });
  process.stdout.write(`listening on ${engine.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
}

function compile(): void {
  const folder = values['cache-dir'];
  if (folder === undefined) return;
  const kernel = join(folder, values['cache-anew'] ? `kernel-${process.pid}` : 'kernel');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(kernel)) writeFileSync(kernel, 'compiled');
}

function sayAt(option: string): (count: number) => void {
  const [, at, text] = /^(\d+):(.*)$/s.exec(option) ?? [];
  return (count) => {
    if (count === Number(at)) process.stderr.write(`${text}\n`);
  };
}

function scriptOf(name: string): Script {
  if (!name.endsWith('.json')) return namedScript(name);
  const script = JSON.parse(readFileSync(name, 'utf8'), (_key, value) =>
    typeof value === 'string' ? fill(value, process.env) : value,
  ) as Partial<Script>;
  return { ...plain, ...script };
}

/** Cut in the middle, so that no reader gets it in one piece. */
async function say(text: string): Promise<void> {
  const middle = text.length >> 1;
  for (const stream of [process.stdout, process.stderr]) stream.write(text.slice(0, middle));
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const stream of [process.stdout, process.stderr]) stream.write(`${text.slice(middle)}\n`);
}
