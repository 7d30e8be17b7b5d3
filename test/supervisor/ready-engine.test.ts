import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EngineSpec } from '../../src/supervisor/spec.ts';
import { eventually, fixtureSpec, start } from './fixture.ts';

describe('an engine that is ready', () => {
  it('and then dies unasked is reported with phase, code and last words', async () => {
    const engine = await start(fixtureSpec('exits-after-ready.mjs', ['--say', 'CUDA error: out of memory']));
    const death = await engine.death;
    expect(death).toMatchObject({ phase: 'run', reason: 'oom-run', exit: { code: 9 } });
    expect(death.lines.at(-1)).toBe('CUDA error: out of memory');
    expect(engine.dead).toBe(death);
    expect(await engine.stop()).toMatchObject({ rung: 'none' });
  });

  it('keeps its first environment though it wipes it from memory', async () => {
    const env = { KEEP: 'me', PATH: process.env.PATH ?? '' };
    const engine = await start(fixtureSpec('retitles-itself.py', [], { env }));
    const forked = (): boolean =>
      engine.processes().some((process) => process.ppid === engine.rootPid && process.envSource === 'blank');
    expect(await eventually(forked)).toBe(true);
    const wiped = readFileSync(`/proc/${engine.rootPid}/environ`);
    expect(wiped.every((byte) => byte === 0)).toBe(true);
    expect(engine.processes()[0]).toMatchObject({ env: { KEEP: 'me' }, envSource: 'first-seen' });
    expect(engine.processes()[0]?.argv.join(' ')).toContain('retitles-itself.py');
  });

  it('may open /dev/stdout by name', async () => {
    const spec = fixtureSpec('opens-dev-stdout.sh', [], {
      env: { NODE: process.execPath, PATH: '/usr/bin:/bin' },
    });
    const engine = await start(spec);
    await engine.stop();
    const lines = spec.log().map((line) => line.replace(/^\d+ /, ''));
    expect(lines).toContain('o to stdout');
    expect(lines).toContain('e to stderr');
  });

  it('has its log redacted though a secret comes in pieces, and its bytes made UTF-8', async () => {
    const secret = 'sk-1234567890';
    const spec = fixtureSpec('prints-secret.mjs', [], {
      env: { SECRET: secret },
      redact: (text) => text.replaceAll(secret, '[redacted]'),
    });
    const engine = await start(spec);
    await engine.stop();
    const lines = spec.log().map((line) => line.replace(/^\d+ /, ''));
    expect(lines).toEqual(
      expect.arrayContaining(['o key=[redacted] used', 'o ♥\ufffd', 'e 10%', 'e 20%', 'e done']),
    );
    expect(spec.log().join('\n')).not.toContain('sk-');
    expect(engine.tail(10).join('\n')).not.toContain('sk-');
  });

  it('may flood its log, and the log may fail: it is a finding, no death', async () => {
    const engine = await start(fixtureSpec('floods-log.mjs', ['--megabytes', '8'], { logPath: '/dev/full' }));
    await engine.stop();
    expect(engine.findings.join()).toMatch(/log-lost: .*ENOSPC/);
    const spec = fixtureSpec('floods-log.mjs', ['--megabytes', '8']);
    await (await start(spec)).stop();
    expect(spec.log().length).toBe(8 * 1040);
  });

  it('that listens everywhere is a finding', async () => {
    const spec = fixtureSpec('serves.mjs');
    const plan: EngineSpec['plan'] = (port) => {
      const told = spec.plan(port);
      return { ...told, argv: [...told.argv, '--host', '0.0.0.0'] };
    };
    const engine = await start({ ...spec, plan });
    expect(engine.findings.join()).toContain(
      `listens-everywhere: the engine listens on 0.0.0.0:${engine.port}`,
    );
  });
});
