import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { copyCheckout, fakeTool, start } from './checkout-copy.ts';

describe('the launcher in a fresh copy', () => {
  const root = copyCheckout();
  const bench = join(root, 'bin/bench');
  afterAll(() => rmSync(dirname(root), { recursive: true, force: true }));

  it('goes on after a SIGKILL in the middle, and two at once set it up once', {
    timeout: 120_000,
  }, async () => {
    const first = start(process.execPath, [join(root, 'bin/setup.mjs')]);
    await first.says('installing');
    first.child.kill('SIGKILL');
    await first.ended;
    expect(existsSync(join(root, 'node_modules'))).toBe(false);
    expect(existsSync(join(root, '.setup.lock/owner'))).toBe(true);

    const one = start(bench, ['exit', '0', 'two words']);
    await one.says('installing');
    const two = start(bench, ['exit', '3']);
    const [ended, waited] = await Promise.all([one.ended, two.ended]);

    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^\["exit","0","two words"\] pid \d+\n$/);
    expect(ended.stderr).toMatch(/installing \d+ packages of package-lock.json: done in/);
    expect(waited.code).toBe(3);
    expect(waited.stdout).toMatch(/^\["exit","3"\] pid \d+\n$/);
    expect(waited.stderr).toMatch(
      /^bench: another bench \(pid \d+\) is setting this checkout up; waiting for it\n$/,
    );
    expect(existsSync(join(root, 'node_modules/vitest'))).toBe(false);
    expect(readdirSync(join(root, '.setup.lock'))).toEqual([]);
  });

  it('is quiet when there is nothing to do, and works through symlinks and PATH', async () => {
    const links = fakeTool('other', '');
    symlinkSync(bench, join(links, 'absolute'));
    symlinkSync('absolute', join(links, 'bench'));
    const ended = await start('bench', ['a  b', '*', ''], { PATH: [links, process.env.PATH].join(delimiter) })
      .ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^\["a {2}b","\*",""\]/);
  });

  it('is bench itself that gets a signal', async () => {
    const run = start(bench, ['wait']);
    await run.says('["wait"]');
    run.child.kill('SIGTERM');
    const ended = await run.ended;
    expect(ended.code).toBe(143);
    expect(ended.stdout).toBe(`["wait"] pid ${run.child.pid}\ngot SIGTERM\n`);
  });

  it('builds again when a source changed, and keeps the old build when that fails', async () => {
    const added = join(root, 'src/extra.ts');
    writeFileSync(added, 'export const broken = ;\n');
    const failed = await start(bench, []).ended;
    expect(failed).toMatchObject({ code: 5, stdout: '' });
    expect(failed.stderr).toMatch(/The build failed \(tsc\)\.\n {2}\| src\/extra\.ts\(1,23\): error TS1109/);
    expect(existsSync(join(root, 'dist/src/main.js'))).toBe(true);

    writeFileSync(added, 'export const whole = 1;\n');
    const built = await start(bench, []).ended;
    expect(built.code).toBe(0);
    expect(built.stderr).not.toContain('installing');
    expect(existsSync(join(root, 'dist/src/extra.js'))).toBe(true);

    rmSync(added);
    await start(bench, []).ended;
    expect(existsSync(join(root, 'dist/src/extra.js'))).toBe(false);
  });

  it('keeps the old install when a new one fails, and takes a lock over from a process id used again', async () => {
    writeFileSync(join(root, '.setup.lock/owner'), `${process.pid} 1`);
    const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
    writeFileSync(
      join(root, 'package-lock.json'),
      lock.replace(/("node_modules\/yaml": \{\s+"version": ")/, '$10.'),
    );
    const npm = fakeTool('npm', '#!/bin/sh\necho "npm error code EINTEGRITY" >&2\nexit 1\n');
    const failed = await start(bench, [], { PATH: [npm, process.env.PATH].join(delimiter) }).ended;
    expect(failed.code).toBe(5);
    expect(failed.stderr).toContain('differs from package-lock.json (EINTEGRITY)');
    expect(existsSync(join(root, 'node_modules/yaml'))).toBe(true);
    writeFileSync(join(root, 'package-lock.json'), lock);
    expect((await start(bench, []).ended).code).toBe(0);
  });
});

describe('the launcher where something is missing', () => {
  const root = copyCheckout();
  const bench = join(root, 'bin/bench');
  afterAll(() => rmSync(dirname(root), { recursive: true, force: true }));

  it('names registry, step and way out when there is no network', { timeout: 60_000 }, async () => {
    const env = {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_cache: join(dirname(root), 'empty'),
    };
    const ended = await start(bench, ['run'], env).ended;
    expect(ended).toMatchObject({ code: 5, stdout: '' });
    expect(ended.stderr).toMatch(
      /npm could not reach its registry \(ECONNREFUSED\) while installing \d+ packages of package-lock\.json; the first it missed is \S+\./,
    );
    expect(ended.stderr).toContain('set a mirror in .npmrc');
    expect(readdirSync(join(root, '.setup.lock'))).toEqual([]);
  });

  it('asks for the dev packages with --dev, and for as long as some are there', async () => {
    const npm = fakeTool('npm', '#!/bin/sh\necho "asked: $*"\nexit 1\n');
    const env = { PATH: [npm, process.env.PATH].join(delimiter) };
    const asked = async (args: string[]): Promise<string> =>
      (await start(process.execPath, [join(root, 'bin/setup.mjs'), ...args], env).ended).stderr;
    expect(await asked([])).toContain('--omit=dev');
    expect(await asked(['--dev'])).toContain('--include=dev');
    mkdirSync(join(root, 'node_modules/vitest'), { recursive: true });
    expect(await asked([])).toContain('--include=dev');
  });

  it('is interrupted cleanly: npm ended, lock and staging gone', async () => {
    const npm = fakeTool('npm', '#!/bin/sh\nsleep 60 &\necho $! > "$PIDFILE"\nwait\n');
    const pidFile = join(npm, 'pid');
    const env = { PATH: [npm, process.env.PATH].join(delimiter), PIDFILE: pidFile };
    const run = start(process.execPath, [join(root, 'bin/setup.mjs')], env);
    while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '')
      await new Promise((r) => setTimeout(r, 10));
    run.child.kill('SIGINT');
    const ended = await run.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toContain('set-up interrupted');
    expect(readdirSync(join(root, '.setup.lock'))).toEqual([]);
    const state = spawnSync('ps', [
      '-o',
      'stat=',
      '-p',
      readFileSync(pidFile, 'utf8').trim(),
    ]).stdout.toString();
    expect(state).toMatch(/^(Z.*\n)?$/);
  });

  it.each([
    ['v18.20.0', 'found v18.20.0'],
    ['v20.18.3', 'found v20.18.3'],
    ['', 'found none'],
  ])('says which Node it needs: %s', async (version, found) => {
    const node = fakeTool('node', `#!/bin/sh\necho ${version}\n`);
    const ended = await start(bench, [], { PATH: [node, '/usr/bin', '/bin'].join(delimiter) }).ended;
    expect(ended).toEqual({
      code: 5,
      stdout: '',
      stderr: `bench needs Node 20.19 or newer on PATH; ${found}.\n`,
    });
  });
});
