import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixtureSpec, leaves, marker, names, pidsWith, start } from './fixture.ts';

describe.each(['auto', 'pgroup'] as const)('an engine that behaves, containment %s', (containment) => {
  it('starts, is proven, and stops at the first word', async () => {
    const spec = fixtureSpec('serves.mjs', [], { containment });
    const engine = await start(spec);
    expect(engine.model).toBe('fixture');
    expect(engine.baseUrl).toBe(`http://127.0.0.1:${engine.port}`);
    expect(engine.findings.filter((finding) => !finding.startsWith('pgroup:'))).toEqual([]);
    expect(names(spec)).toEqual(['spawn', 'bound', 'healthy', 'ready']);
    await engine.checkOwnership();
    const report = await engine.stop();
    expect(report).toMatchObject({
      rung: 'sigint',
      survivors: [],
      portFree: true,
      exit: { code: 0, signal: null },
    });
    expect(await engine.stop()).toBe(report);
    expect(names(spec).slice(4)).toEqual(['stop', 'exited']);
    expect(engine.dead).toBeNull();
    expect(engine.livePids()).toEqual([]);
    expect(leaves()).toEqual([]);
  });

  it('has exactly its environment, whatever the names', async () => {
    const env = { ONLY: 'this', 'odd.name-1': 'ü\n', EMPTY: '' };
    const engine = await start(fixtureSpec('serves.mjs', [], { containment, env }));
    expect(engine.processes()[0]).toMatchObject({ pid: engine.rootPid, env, envSource: 'first-seen' });
    expect(readFileSync(`/proc/${engine.rootPid}/environ`, 'utf8')).toBe(
      'ONLY=this\0odd.name-1=ü\n\0EMPTY=\0',
    );
    const bare = await start(fixtureSpec('serves.mjs', [], { containment }));
    expect(bare.processes()[0]).toMatchObject({ env: {}, envSource: 'empty' });
    expect([...engine.findings, ...bare.findings].filter((finding) => finding.startsWith('env'))).toEqual([]);
  });

  it('is born with default signals and no open file but three', async () => {
    const env = { NODE: process.execPath, PATH: '/usr/bin:/bin' };
    const spec = fixtureSpec('tells-its-birth.sh', [], { containment, env });
    const engine = await start(spec);
    await engine.stop();
    const told = spec.log().map((line) => line.replace(/^\d+ o /, ''));
    for (const mask of ['SigBlk', 'SigIgn']) expect(told).toContain(`${mask}:\t${'0'.repeat(16)}`);
    // The shell itself holds its script open as 10 or so; what bench inherited is covered by /dev/null.
    const files = told.flatMap((line) =>
      [...line.matchAll(/ (\d+) -> (.*)$/g)].map(([, fd, file]) => ({ fd, file })),
    );
    expect(files[0]).toEqual({ fd: '0', file: '/dev/null' });
    const opened = files.filter(({ file }) => file !== '/dev/null' && !file?.endsWith('tells-its-birth.sh'));
    expect(opened.map(({ fd }) => fd)).toEqual(['1', '2']);
  });

  it('stops a tree that ignores SIGINT, and one that ignores SIGTERM too', async () => {
    const polite = await start(
      fixtureSpec('ignores-signals.mjs', ['--ignore', 'INT'], { containment, stopGraceMs: 200 }),
    );
    expect(await polite.stop()).toMatchObject({ rung: 'sigterm', survivors: [], portFree: true });
    const deaf = await start(fixtureSpec('ignores-signals.mjs', [], { containment, stopGraceMs: 100 }));
    const stopping = deaf.stop();
    await deaf.kill();
    expect(await stopping).toMatchObject({
      rung: 'kill',
      survivors: [],
      portFree: true,
      exit: { signal: 'SIGKILL' },
    });
  });

  it('is told apart from helpers that outlive it: all are stopped', async () => {
    const mark = marker();
    const spec = fixtureSpec(
      'forks-daemon.mjs',
      ['--marker', mark, ...(containment === 'pgroup' ? ['--keep'] : [])],
      {
        containment,
        stopGraceMs: 300,
      },
    );
    const engine = await start(spec);
    const before = pidsWith(mark);
    expect(before.length).toBeGreaterThan(2);
    expect(new Set(engine.livePids())).toEqual(new Set([...before, ...engine.livePids()]));
    await engine.kill();
    expect(pidsWith(mark)).toEqual([]);
    expect(engine.processes().length).toBeGreaterThan(2);
  });
});
