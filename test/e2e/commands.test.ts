import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { experiment, type Workbench, workbench } from './workbench.ts';

const config = 'configs/scripted.yaml';
let bench: Workbench;
beforeAll(async () => {
  bench = await workbench();
});

describe('bench config', () => {
  it('show gives every value with its origin, and where a variable came from', async () => {
    bench.write({
      'configs/child.yaml':
        'description: a child\nparent: scripted.yaml\nset: { --seed: "3" }\nenv: { LANG: $LANG, KEY: { secret: $KEY } }\n',
    });
    const env = { LANG: 'C.UTF-8', KEY: 'not-to-be-shown' };
    const shown = await bench.benchWith({ env }, 'config', 'show', 'configs/child.yaml');
    expect(shown).toMatchObject({ code: 0 });
    for (const word of ['--seed', 'line 3', 'scripted.yaml:4', 'default', '$LANG from the environment']) {
      expect(shown.stdout).toContain(word);
    }
    expect(shown.stdout).not.toContain(env.KEY);
    const json = await bench.benchWith({ env }, 'config', 'show', 'configs/child.yaml', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ config: 'configs/child.yaml', parents: [config] });
    const unset = await bench.bench('config', 'show', 'configs/child.yaml');
    expect(unset.code).toBe(2);
    expect(unset.stderr).toMatch(/configs\/child\.yaml:4:\d+.*\$LANG/);
  });

  it('lint names every mistake of every file, and bench run refuses them with nothing written', async () => {
    bench.write({
      'configs/bad.yaml': experiment(bench.installed, {
        args: ['--port', '80'],
        more: 'warmpu: 3\nlaunches: no\n',
      }),
      'configs/queries.yaml': experiment(bench.installed).replace('queries/q.csv', 'queries/bad.csv'),
      'queries/bad.csv': 'id,prompt\na,one\na,two\n',
    });
    const linted = await bench.bench('config', 'lint', config, 'configs/bad.yaml', 'configs/queries.yaml');
    expect(linted.code).toBe(2);
    expect(linted.stdout).toBe(`${config}: ok\n`);
    expect(linted.stderr).toMatch(/^configs\/bad\.yaml:4:\d+: .*--port/m);
    expect(linted.stderr).toMatch(/^configs\/bad\.yaml:\d+:\d+: .*warmpu.*warmup/m);
    expect(linted.stderr).toMatch(/^configs\/bad\.yaml:\d+:\d+: .*launches/m);
    expect(linted.stderr).toMatch(/queries\/bad\.csv.*\ba\b/);
    for (const path of ['configs/bad.yaml', 'configs/queries.yaml']) {
      expect(await bench.bench('run', path)).toMatchObject({ code: 2, stdout: '' });
    }
    expect(bench.bundles()).toEqual([]);
    expect(bench.rows()).toEqual([]);
  });

  it('schema is a JSON Schema that accepts the experiments bench itself ships', async () => {
    const { code, stdout } = await bench.bench('config', 'schema');
    expect(code).toBe(0);
    const schema = JSON.parse(stdout) as { additionalProperties: boolean };
    z.fromJSONSchema(schema).parse(parse(bench.read(config)));
    expect(schema.additionalProperties).toBe(false);
  });
});

describe('an empty ledger', () => {
  it('lists nothing and says so; JSON is an empty list; nothing to mend; no row to show', async () => {
    const empty = await workbench({ empty: true });
    const listed = await empty.bench('ledger', 'list');
    expect(listed).toMatchObject({ code: 0 });
    expect(listed.stdout).toMatch(/no row yet/);
    expect((await empty.bench('ledger', 'list', '--json')).stdout).toBe('[]\n');
    expect((await empty.bench('ledger', 'fix')).stdout).toBe('Nothing to mend.\n');
    expect(await empty.bench('show', 'iter-0')).toMatchObject({ code: 2, stdout: '' });
    expect(empty.git('status', '--porcelain')).toBe('');
  });
});

it('--help of every command works, names examples, and costs no row', async () => {
  const commands = [[], ['run'], ['try'], ['init'], ['config'], ['config', 'show'], ['ledger'], ['show']];
  for (const command of commands) {
    const { code, stdout, stderr } = await bench.bench(...command, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: bench');
  }
  expect(await bench.bench('rnu')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('run'),
  });
});

it.each([
  [['run', 'configs/scripted.yaml', '--print', 'ttft_ms', '--json'], /--print .*--json/],
  [['try', 'ftp://127.0.0.1/x'], /Only URLs that begin with http/],
] as const)('%j is refused', async (words, told) => {
  expect(await bench.bench(...words)).toMatchObject({ code: 2, stderr: expect.stringMatching(told) });
});

it('--version says which bench this is', async () => {
  const { version } = JSON.parse(readFileSync(join(bench.installed, 'package.json'), 'utf8')) as {
    version: string;
  };
  for (const flag of ['--version', '-V']) {
    expect(await bench.bench(flag)).toMatchObject({ code: 0, stdout: `bench ${version}\n`, stderr: '' });
  }
});

it('$VENV and $SITE_PACKAGES are those of the venv, whose Merkle root is the artifact', async () => {
  const at = await workbench();
  execFileSync('python3', ['-m', 'venv', '--without-pip', join(at.root, 'tools/venv')]);
  mkdirSync(join(at.root, 'tools'), { recursive: true });
  at.write({
    'start.sh':
      '#!/bin/sh\n[ -f "$1/bin/python" ] && [ -d "$2" ] || { echo "no venv: $1 $2"; exit 3; }\nshift 2\nexec "$@"\n',
    '.gitignore': 'tools/\n',
    [config]: experiment(at.installed)
      .replace(`cmd: ${process.execPath}`, 'cmd: /bin/sh')
      .replace('args: [', `args: ["start.sh", $VENV, $SITE_PACKAGES, "${process.execPath}", `)
      .replace('env: {}', 'venv: tools/venv\nenv: {}'),
  });
  const ended = await at.bench('run', config);
  expect(ended).toMatchObject({ code: 0 });
  expect(at.row().artifact).toMatch(/^venv:[0-9a-f]{12}$/);
  const before = at.row();
  at.write({ 'tools/venv/bin/another': 'changed\n' });
  expect(await at.bench('run', config)).toMatchObject({ code: 0 });
  expect(at.row().exp_id).toBe(before.exp_id);
  expect(at.row().artifact).not.toBe(before.artifact);
});
