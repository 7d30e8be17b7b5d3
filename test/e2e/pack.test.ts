import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { startChild } from './child.ts';
import { workbench } from './workbench.ts';

const repository = resolve(import.meta.dirname, '../..');
const parts = [
  'bin',
  'src',
  'bench',
  'test/scripted-engine',
  'configs',
  'queries',
  'docs',
  '.gitignore',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

describe('a packed bench', () => {
  let top: string;
  let checkout: string;
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
      cwd: checkout,
      encoding: 'utf8',
    }).trim();
  const pack = async () => {
    const env = { ...process.env, npm_config_cache: join(top, 'npm') };
    return startChild(['npm', 'pack', '--pack-destination', top], { cwd: checkout, env }).ended;
  };

  beforeAll(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'bench-pack-')));
    checkout = join(top, 'checkout');
    for (const part of parts) cpSync(join(repository, part), join(checkout, part), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(checkout, 'node_modules'));
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('commit', '-qm', 'all');
  });

  it('is refused from a checkout with changes, whose rows could not name what ran', async () => {
    writeFileSync(join(checkout, 'src/new.ts'), 'export {};\n');
    const refused = await pack();
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/packed from a commit only[\s\S]*src\/new\.ts/);
    git('clean', '-qfd', 'src');
    writeFileSync(join(checkout, 'configs/private.yaml'), 'token: x\n');
    expect((await pack()).stderr).toContain('configs/private.yaml');
    git('clean', '-qfd', 'configs');
  });

  it('runs where it is installed, without a set-up, and names its commit in the row', async () => {
    const packed = await pack();
    expect(packed, packed.stderr).toMatchObject({ code: 0 });
    expect(existsSync(join(checkout, 'dist/packed.json'))).toBe(false);

    // As npm lays it out: the package and what it needs side by side.
    const modules = join(top, 'elsewhere/node_modules');
    mkdirSync(modules, { recursive: true });
    execFileSync('tar', ['-xzf', join(top, 'bench-0.1.0.tgz'), '-C', modules]);
    execFileSync('mv', [join(modules, 'package'), join(modules, 'bench')]);
    for (const name of Object.keys(manifest.dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(repository, 'node_modules', name), join(modules, name));
    }
    const bench = await workbench();
    const program = join(modules, 'bench/bin/bench');
    const ran = await startChild([program, 'run', 'configs/scripted.yaml'], {
      cwd: bench.root,
      env: bench.env,
    }).ended;
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stderr).not.toMatch(/installing|building/);
    expect(bench.row().harness).toBe(`0.1.0+${git('rev-parse', 'HEAD').slice(0, 12)}`);
  });
});
