import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/canonical.ts';
import { type Prepared, type PrepareStep, prepare } from '../../src/setup/prepare.ts';

let root: string;
let lines: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bench-prepare-'));
  lines = [];
  writeFileSync(join(root, 'in.txt'), 'one');
});

function run(
  step: PrepareStep,
  signal = new AbortController().signal,
  venv: string | null = null,
): Promise<Prepared[]> {
  return prepare([step], {
    root,
    cwd: root,
    env: { PATH: '/usr/bin:/bin', WORD: 'w' },
    venvLockSha256: venv,
    signal,
    say: (line) => {
      lines.push(line);
    },
    hashFile: async (path) => sha256Hex(readFileSync(path)),
  });
}

const copies: PrepareStep = {
  run: ['sh', '-c', 'cat in.txt > "$1"; echo "$WORD:$HOME" >> "$1"; echo x >> runs', 'sh', 'out/made.txt'],
  makes: 'out/made.txt',
  inputs: ['in.txt'],
};
const runs = (): number => readFileSync(join(root, 'runs'), 'utf8').split('\n').length - 1;

describe('prepare', () => {
  it('runs once for the same command, inputs and venv, with exactly the given environment', async () => {
    expect(await run(copies)).toMatchObject([{ makes: 'out/made.txt', ran: true }]);
    expect(readFileSync(join(root, 'out/made.txt'), 'utf8')).toBe('onew:\n');
    expect(await run(copies)).toMatchObject([{ ran: false }]);
    expect(runs()).toBe(1);
    writeFileSync(join(root, 'in.txt'), 'two');
    expect(await run(copies)).toMatchObject([{ ran: true }]);
    expect(readFileSync(join(root, 'out/made.txt'), 'utf8')).toBe('twow:\n');
    expect(await run(copies, undefined, 'abc')).toMatchObject([{ ran: true }]);
    rmSync(join(root, 'out'), { recursive: true });
    expect(await run(copies, undefined, 'abc')).toMatchObject([{ ran: true }]);
    expect(readdirSync(join(root, 'out'))).toEqual(['made.txt']);
  });

  it('runs once when two ask at once', async () => {
    const both = await Promise.all([run(copies), run(copies)]);
    expect(
      both
        .flat()
        .map(({ ran }) => ran)
        .sort(),
    ).toEqual([false, true]);
    expect(lines.filter((line) => line.endsWith('is making it; waiting'))).toHaveLength(1);
  });

  it('says what a command that failed left at the path itself', async () => {
    const fails = { ...copies, run: ['sh', '-c', `mkdir -p out; echo half > ${copies.makes}; exit 3`] };
    await expect(run(fails)).rejects.toThrow(`it wrote ${copies.makes} itself: remove that`);
  });

  it('leaves no output of a command that failed, and says what it printed', async () => {
    const fails = { ...copies, run: ['sh', '-c', 'echo half > "$PREPARE_OUTPUT"; echo no luck >&2; exit 3'] };
    await expect(run(fails)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/did not make out\/made\.txt \(exit 3\)/),
      hint: 'It said:\n  | no luck',
    });
    expect(readdirSync(join(root, 'out'))).toEqual([]);
    expect(await run(copies)).toMatchObject([{ ran: true }]);
  });

  it('leaves no output of a command that was interrupted', async () => {
    const control = new AbortController();
    const slow = { ...copies, run: ['sh', '-c', 'echo half > "$PREPARE_OUTPUT"; : > started; sleep 60'] };
    const making = run(slow, control.signal);
    while (!existsSync(join(root, 'started'))) await new Promise((resolve) => setTimeout(resolve, 10));
    control.abort(new Error('stop now'));
    await expect(making).rejects.toThrow('stop now');
    expect(readdirSync(join(root, 'out'))).toEqual([]);
  });

  it('touches nothing that it did not make', async () => {
    await run(copies);
    writeFileSync(join(root, 'out/made.txt'), 'precious');
    await expect(run(copies)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/left alone/),
    });
    expect(readFileSync(join(root, 'out/made.txt'), 'utf8')).toBe('precious');
  });

  it('names a missing input and a missing command', async () => {
    await expect(run({ ...copies, inputs: ['nowhere'] })).rejects.toMatchObject({ exitCode: 2 });
    await expect(run({ ...copies, run: ['no-such-tool', 'out/made.txt'] })).rejects.toThrow(/\(ENOENT\)/);
  });
});
