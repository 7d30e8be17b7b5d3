import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { experiment, workbench } from './workbench.ts';

/** As `nix develop -c`: greets, sets variables, runs what follows; and counts how often. */
const standIn = `#!/bin/sh
echo "entering the shell of $2"
echo once >> "$COUNT"
export NAME_OF_MODEL="from $2" PACKAGE_PATH=/opt/$2/bin
shift 3
exec "$@"
`;

describe.concurrent('shell:', () => {
  it('gives the variables, is entered once for all launches, and is named in the snapshot', async () => {
    const bench = await workbench();
    const count = join(bench.home, 'count');
    bench.write({
      'tools/dev-shell.sh': standIn,
      'configs/scripted.yaml': experiment(bench.installed, {
        args: ['--model', '$NAME_OF_MODEL'],
        env: '{ PATH: $PACKAGE_PATH:/usr/bin }',
        more: 'shell: [sh, tools/dev-shell.sh, develop, .#vllm, -c]\nlaunches: 2',
      }),
    });
    const ended = await bench.benchWith({ env: { COUNT: count } }, 'run', 'configs/scripted.yaml');
    expect(ended.stderr).not.toContain('is not set');
    expect(ended.code).toBe(0);
    expect(readFileSync(count, 'utf8')).toBe('once\n');
    expect(bench.row()).toMatchObject({ launches: 2, model: 'from .#vllm' });
    for (const launch of [1, 2]) {
      const path = join(bench.bundle(), `launches/${launch}/snapshot.json`);
      const snapshot = JSON.parse(readFileSync(path, 'utf8')) as {
        shell: string[];
        command: { env: Record<string, string> };
      };
      expect(snapshot.shell).toEqual(['sh', 'tools/dev-shell.sh', 'develop', '.#vllm', '-c']);
      expect(snapshot.command.env).toEqual({ PATH: '/opt/.#vllm/bin:/usr/bin' });
    }
  });

  it('is not entered to lint or to show a file', async () => {
    const bench = await workbench();
    const count = join(bench.home, 'count');
    bench.write({
      'tools/dev-shell.sh': standIn,
      'configs/scripted.yaml': experiment(bench.installed, {
        env: '{ PATH: $PACKAGE_PATH }',
        more: 'shell: [sh, tools/dev-shell.sh, develop, .#vllm, -c]',
      }),
    });
    for (const command of ['lint', 'show']) {
      const ended = await bench.benchWith(
        { env: { COUNT: count } },
        'config',
        command,
        'configs/scripted.yaml',
      );
      expect(ended.code).toBe(0);
    }
    expect(() => readFileSync(count)).toThrow('ENOENT');
  });
});
