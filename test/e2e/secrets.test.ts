import { beforeAll, describe, expect, it } from 'vitest';
import type { Ended } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

/** An engine that prints everything it was given, also as an error. */
const chatter = `
process.stdout.write('env ' + JSON.stringify(process.env) + '\\n');
process.stderr.write('error: args ' + process.argv.slice(2).join(' ') + '\\n');
process.stdout.write('key is ' + process.env.KEY.slice(0, 5));
setTimeout(() => process.stdout.write(process.env.KEY.slice(5) + ' indeed\\n'), 50);
if (process.argv.includes('--fail')) setTimeout(() => process.exit(9), 100);
else {
  process.argv.splice(2, 2);
  await import(process.argv.splice(2, 1)[0]);
}
`;

const key = 'hf_0123456789"quoted\\secret';
const onlyInArgs = 'tok-abcdef-987654';

describe('secrets', () => {
  let bench: Workbench;
  const said: Ended[] = [];
  beforeAll(async () => {
    bench = await workbench();
    const words = (last: string): string =>
      experiment(bench.installed, { env: '{ KEY: { secret: $KEY }, TOKEN: { secret: $TOKEN } }' }).replace(
        'args: [',
        `args: ["chatter.mjs", "$TOKEN", ${last}, `,
      );
    bench.write({
      'chatter.mjs': chatter,
      'configs/well.yaml': words('"--well"'),
      'configs/fails.yaml': words('"--fail"'),
    });
    const env = { KEY: key, TOKEN: onlyInArgs };
    said.push(await bench.benchWith({ env }, 'run', 'configs/well.yaml', '--keep-outputs'));
    said.push(await bench.benchWith({ env }, 'run', 'configs/fails.yaml'));
    said.push(await bench.benchWith({ env }, 'run', 'configs/fails.yaml', '--json'));
    said.push(await bench.benchWith({ env }, 'config', 'show', 'configs/well.yaml'));
    said.push(await bench.benchWith({ env }, 'config', 'show', 'configs/well.yaml', '--json'));
    said.push(await bench.bench('show', 'iter-0'), await bench.bench('ledger', 'list'));
  });

  it('do not keep a run from working', () => {
    expect(said.map(({ code }) => code)).toEqual([0, 4, 4, 0, 0, 0, 0]);
    expect(bench.rows().map(({ status }) => status)).toEqual(['keep', 'crash', 'crash']);
  });

  it.each([
    ['in env', key],
    ['in JSON', JSON.stringify(key).slice(1, -1)],
    ['in args', onlyInArgs],
  ])('%s stand in no file, no commit and no output', (_, secret) => {
    expect(bench.filesHolding(secret)).toEqual([]);
    for (const { stdout, stderr } of said) expect(stdout + stderr).not.toContain(secret);
  });

  it('are marked where they were', () => {
    const log = bench.filesHolding('key is').filter((path) => path.endsWith('engine.log'));
    expect(log).toHaveLength(3);
    expect(JSON.stringify(bench.record())).toContain('redacted');
  });
});
