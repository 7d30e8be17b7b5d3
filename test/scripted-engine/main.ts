import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
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
  --say TEXT                writes TEXT to stderr once it listens
  --say-at K:TEXT           writes TEXT to stderr as the K-th answer begins
  --cache-dir FOLDER        keeps what it compiles there, before it listens, unless it is there already
  --cache-at K              compiles as the K-th answer begins instead
  --cache-anew              compiles under another name at every start
  --skew-percent P          0; its histograms say that everything took so much longer
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
    say: { type: 'string' },
    'say-at': { type: 'string', default: '' },
    'cache-dir': { type: 'string' },
    'cache-at': { type: 'string' },
    'cache-anew': { type: 'boolean', default: false },
    'skew-percent': { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await serve();

async function serve(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Number(values['boot-ms'])));
  const exitCode = Number(values['exit-code']);
  if (values['die-at-boot'] !== undefined) {
    process.stderr.write(`${values['die-at-boot']}\n`);
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
    model: values.model,
    onCompletion: (count) => {
      sayAt(values['say-at'])(count);
      if (count === Number(values['cache-at'])) compile();
    },
    skewPercent: Number(values['skew-percent']),
  });
  if (values.say !== undefined) process.stderr.write(`${values.say}\n`);
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
  return { ...plain, ...(JSON.parse(readFileSync(name, 'utf8')) as Partial<Script>) };
}
