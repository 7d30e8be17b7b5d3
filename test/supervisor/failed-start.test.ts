import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startEngine } from '../../src/supervisor/start.ts';
import { crash, eventually, fixtureSpec, leaves, marker, names, never, pidsWith, start } from './fixture.ts';

describe('an engine that does not start', () => {
  it.each([
    [['--say', 'error: unrecognized arguments: --flash'], 'bad-flag'],
    [['--say', "ModuleNotFoundError: No module named 'torch'"], 'import-error'],
    [
      ['--say', 'x: error while loading shared libraries: libggml.so.0: cannot open shared object file'],
      'missing-library',
    ],
    [['--say', 'torch.OutOfMemoryError: CUDA out of memory.'], 'oom-load'],
    [['--say', 'CUDA driver version is insufficient for CUDA runtime version'], 'driver'],
    [['--say', 'OSError: model /m/x.gguf does not exist'], 'model-missing'],
    [['--signal', 'SIGILL'], 'illegal-instruction'],
    [['--code', '0', '--say', 'bye'], 'engine-error'],
  ])('%j is %s, told with its last words', async (args, reason) => {
    const spec = fixtureSpec('dies-at-boot.mjs', args);
    const error = await crash(spec);
    expect(error).toMatchObject({ name: 'EngineCrash', exitCode: 4, reason, phase: 'load' });
    expect(error.lines.at(-1)).toBe(args[0] === '--say' ? args[1] : (args[3] ?? 'fatal: no reason'));
    expect(names(spec)).toEqual(['spawn', 'died', 'stop']);
    expect(spec.log().map((line) => line.replace(/^\d+/, 'N'))).toContain('N e loading');
    expect(leaves()).toEqual([]);
  });

  it('its own patterns speak first', async () => {
    const causes = [{ pattern: /out of memory/, reason: 'oom-graph', hint: 'Fewer graphs.' }];
    const engine = { holdPort: 'until-owned', healthPath: '/health', causes } as const;
    const error = await crash(fixtureSpec('dies-at-boot.mjs', ['--say', 'CUDA out of memory'], { engine }));
    expect(error).toMatchObject({ reason: 'oom-graph', hint: 'Fewer graphs.' });
  });

  it('SIGKILL that nobody sent is named, as out of memory only if the kernel counted it', async () => {
    const error = await crash(fixtureSpec('dies-at-boot.mjs', ['--signal', 'SIGKILL']));
    expect(error.reason).toBe(
      /^oom_kill /m.test(readFileSync('/proc/vmstat', 'utf8')) ? 'killed' : 'oom-host',
    );
    expect(error.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('one that never answers well is given up after the ready timeout', async () => {
    const loading = await crash(fixtureSpec('never-ready.mjs', [], { readyTimeoutMs: 4000 }));
    expect(loading).toMatchObject({ reason: 'ready-timeout' });
    expect(loading.message).toContain('GET /health answered 503');
    const mute = await crash(fixtureSpec('never-listens.mjs', [], { readyTimeoutMs: 300 }));
    expect(mute).toMatchObject({ reason: 'ready-timeout' });
    expect(mute.message).toContain('never listened');
  });

  it('a timeout says which phase the log had come to', async () => {
    const phases = [
      { pattern: /Load weight begin/, phase: 'weights-loading' },
      { pattern: /Load weight end/, phase: 'weights-loaded' },
    ] as const;
    const engine = { holdPort: 'until-owned', healthPath: '/health', causes: [], phases } as const;
    const say = 'Load weight begin.\nLoad weight end.\nand then nothing';
    const error = await crash(
      fixtureSpec('never-ready.mjs', ['--say', say], { engine, readyTimeoutMs: 1_500 }),
    );
    expect(error.reason).toBe('ready-timeout');
    expect(error.message).toContain('It had come to: weights-loaded.');
  });

  it('one that leaves the foreground is a crash, and its tree is stopped', async () => {
    const mark = marker();
    const error = await crash(fixtureSpec('goes-to-background.mjs', ['--marker', mark]));
    expect(error).toMatchObject({ reason: 'daemonized', exit: { code: 0 } });
    expect(pidsWith(mark)).toEqual([]);
  });

  it.each([[['--announce']], [[]]])('one that listens on another port is named, with %j', async (args) => {
    const error = await crash(fixtureSpec('listens-elsewhere.mjs', args));
    expect(error).toMatchObject({ reason: 'wrong-port' });
    expect(error.message).toMatch(/listens on port \d+, not on port \d+/);
  });

  it('one that serves the wrong model, or several, is named', async () => {
    expect(await crash(fixtureSpec('serves.mjs', [], { model: 'other' }))).toMatchObject({
      reason: 'model-missing',
    });
    expect(await crash(fixtureSpec('other-model.mjs'))).toMatchObject({
      reason: 'model-unnamed',
      message: expect.stringContaining('one, two'),
    });
    expect((await start(fixtureSpec('other-model.mjs', [], { model: 'two' }))).model).toBe('two');
  });

  it('one that refuses the first completion is named with its words', async () => {
    const error = await crash(fixtureSpec('other-model.mjs', ['--status', '400']));
    expect(error).toMatchObject({
      reason: 'engine-error',
      message: expect.stringContaining('no chat template'),
    });
  });

  it('a command that is not there starts nothing: exit 2, no event, no cgroup', async () => {
    const spec = fixtureSpec('serves.mjs');
    const broken = { ...spec, plan: () => ({ argv: ['nothing'], env: { PATH: '/bin' }, cwd: '/' }) };
    await expect(startEngine(broken, never)).rejects.toMatchObject({ exitCode: 2 });
    expect(spec.events).toEqual([]);
    expect(leaves()).toEqual([]);
  });

  it('a binary the kernel refuses starts nothing either', async () => {
    const spec = fixtureSpec('serves.mjs');
    const huge = { ...spec, plan: () => ({ argv: ['/bin/true', 'x'.repeat(1 << 20)], env: {}, cwd: '/' }) };
    await expect(startEngine(huge, never)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('E2BIG'),
    });
    expect(leaves()).toEqual([]);
  });

  it('an interruption stops it and says by which signal', async () => {
    const mark = marker();
    const abort = new AbortController();
    const starting = startEngine(fixtureSpec('never-ready.mjs', ['--marker', mark]), abort.signal);
    expect(await eventually(() => pidsWith(mark).length === 1)).toBe(true);
    abort.abort('SIGTERM');
    await expect(starting).rejects.toMatchObject({ exitCode: 143 });
    expect(pidsWith(mark)).toEqual([]);
  });
});
