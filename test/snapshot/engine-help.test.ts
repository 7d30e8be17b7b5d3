import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { engineHelp, type HelpQuestion } from '../../src/snapshot/engine-help.ts';

let folder: string;
let question: HelpQuestion;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-help-'));
  question = {
    command: join(folder, 'engine'),
    words: ['--help'],
    cwd: folder,
    env: { NAME: 'value' },
    installed: [join(folder, 'site-packages')],
    folder: join(folder, 'cache'),
  };
});

/** An engine that counts how often it was started. */
function install(lines: string): void {
  writeFileSync(question.command, `#!/bin/sh\necho run >> "${folder}/count"\n${lines}\n`);
  chmodSync(question.command, 0o755);
}
const starts = (): number => readFileSync(join(folder, 'count'), 'utf8').split('\n').length - 1;

describe("an engine's help", () => {
  it('is asked for once, with the environment and the folder it is started in', async () => {
    install('echo "$NAME $1 in $(pwd), home <$HOME>"');
    const text = `value --help in ${folder}, home <>`;
    expect(await engineHelp(question)).toEqual({ text, isRemembered: false });
    expect(await engineHelp(question)).toEqual({ text, isRemembered: true });
    expect(starts()).toBe(1);
    expect(await engineHelp(question, { isFresh: true })).toEqual({ text, isRemembered: false });
    expect(starts()).toBe(2);
  });

  it('is asked for again when program, installed packages, words or variables are others', async () => {
    install('echo one');
    await engineHelp(question);
    install('echo two');
    expect(await engineHelp(question)).toMatchObject({ text: 'two' });
    await engineHelp({ ...question, words: ['serve', '--help'] });
    await engineHelp({ ...question, env: {} });
    expect(starts()).toBe(4);
    writeFileSync(join(folder, 'site-packages'), '');
    await engineHelp(question);
    expect(starts()).toBe(5);
  });

  it('is not believed when what was kept is damaged', async () => {
    install('echo whole');
    await engineHelp(question);
    const kept = readdirSync(join(folder, 'cache/engine-help-1'));
    const path = join(folder, 'cache/engine-help-1', kept[0] ?? '');
    writeFileSync(path, readFileSync(path, 'utf8').replace('whole', 'hole'));
    expect(await engineHelp(question)).toEqual({ text: 'whole', isRemembered: false });
  });

  it.each([
    ['fails', 'echo usage; exit 2'],
    ['says nothing', 'true'],
    ['dies', 'kill -9 $$'],
  ])('is not there when the engine %s', async (_, lines) => {
    install(lines);
    expect(await engineHelp(question)).toBeNull();
    expect(await engineHelp({ ...question, folder: null })).toBeNull();
  });

  it('is not there when there is no engine, and ends with the signal', async () => {
    expect(await engineHelp(question)).toBeNull();
    install('sleep 60');
    const control = new AbortController();
    setTimeout(() => control.abort(), 100);
    expect(await engineHelp({ ...question, signal: control.signal })).toBeNull();
    expect(await engineHelp(question, { limitMs: 100 })).toBe('late');
  });

  it('says once that it takes long, and nothing when it is quick', async () => {
    let said = 0;
    const onSlow = () => {
      said += 1;
    };
    install('echo quick');
    await engineHelp(question, { onSlow, slowAfterMs: 60_000 });
    await engineHelp(question, { onSlow, slowAfterMs: 0 });
    expect(said).toBe(0);
    install('sleep 1; echo slow');
    expect(await engineHelp(question, { onSlow, slowAfterMs: 10 })).toMatchObject({ text: 'slow' });
    expect(said).toBe(1);
  });

  it('does without a cache that cannot be written', async () => {
    install('echo fine');
    writeFileSync(join(folder, 'file'), '');
    expect(await engineHelp({ ...question, folder: join(folder, 'file') })).toMatchObject({ text: 'fine' });
  });
});
