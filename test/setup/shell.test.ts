import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { captureShell } from '../../src/setup/shell.ts';

const capture = (shell: string[], env: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', BASE: 'b' }) =>
  captureShell(shell, { cwd: tmpdir(), env, signal: new AbortController().signal });

describe('captureShell', () => {
  it('reads the environment as the prefix sets it, whatever it prints', async () => {
    const noisy = 'echo "welcome=1"; printf "\\0x=1\\0"; export LINES_="a\nb=c" EMPTY= ; exec "$@"';
    const { env, argv } = await capture(['sh', '-c', noisy, 'sh']);
    expect(env).toEqual({
      PATH: '/usr/bin:/bin',
      BASE: 'b',
      LINES_: 'a\nb=c',
      EMPTY: '',
      PWD: expect.any(String),
    });
    expect(argv[0]).toBe('sh');
  });

  it('says so when the prefix is missing, fails, or takes no command', async () => {
    await expect(capture(['no-such-shell'])).rejects.toMatchObject({
      exitCode: 2,
      message: 'shell: no-such-shell was not found on PATH.',
    });
    await expect(capture(['sh', '-c', 'echo broken flake >&2; exit 7'])).rejects.toMatchObject({
      exitCode: 5,
      message: 'shell: `sh -c echo broken flake >&2; exit 7` gave no environment (exit 7).',
      hint: 'It said:\n  | broken flake',
    });
    await expect(capture(['sh', '-c', 'true'])).rejects.toMatchObject({
      hint: expect.stringMatching(/nix develop -c/),
    });
  });

  it('stops when aborted', async () => {
    const control = new AbortController();
    const run = captureShell(['sh', '-c', 'sleep 60'], {
      cwd: tmpdir(),
      env: process.env,
      signal: control.signal,
    });
    setTimeout(() => control.abort(new Error('stop now')), 100);
    await expect(run).rejects.toThrow('stop now');
  });
});
