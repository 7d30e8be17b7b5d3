import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineSpec } from '../../src/supervisor/spec.ts';
import { startEngine } from '../../src/supervisor/start.ts';
import { engines, fixtureSpec, names, never, start } from './fixture.ts';

describe('a port that is lost', () => {
  const thief = async (port: number): Promise<void> => {
    const child = spawn('python3', [join(engines, 'shares_port.py'), '--port', String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
  };
  const env = { PATH: process.env.PATH ?? '' };

  it('while the engine loads is tried again with another', async () => {
    const spec = fixtureSpec('shares_port.py', ['--delay', '0.7'], { env });
    const ports: number[] = [];
    const plan: EngineSpec['plan'] = (port) => {
      if (ports.length < 2) void thief(port);
      ports.push(port);
      return spec.plan(port);
    };
    const engine = await start({ ...spec, plan });
    expect(ports.length).toBe(3);
    expect(engine.port).toBe(ports[2]);
    expect(names(spec).filter((name) => name === 'port-retry').length).toBe(2);
  });

  it('every time is told as stolen in the end', async () => {
    const spec = fixtureSpec('shares_port.py', ['--delay', '0.7'], { env });
    const plan: EngineSpec['plan'] = (port) => {
      void thief(port);
      return spec.plan(port);
    };
    await expect(startEngine({ ...spec, plan }, never)).rejects.toMatchObject({
      name: 'PortStolen',
      exitCode: 5,
    });
    expect(names(spec).filter((name) => name === 'spawn').length).toBe(4);
  });

  it('during the run is seen', async () => {
    const engine = await start(fixtureSpec('shares_port.py', [], { env }));
    await engine.checkOwnership();
    await thief(engine.port);
    await expect(engine.checkOwnership()).rejects.toMatchObject({
      name: 'PortStolen',
      reason: 'port-stolen',
    });
  });

  it('because the engine itself closed it is no theft', async () => {
    const spec = fixtureSpec('shares_port.py', [], { env });
    const engine = await start(spec);
    process.kill(engine.rootPid, 'SIGUSR1');
    await expect
      .poll(() => engine.checkOwnership().catch((error: { reason?: string }) => error.reason))
      .toBe('port-closed');
  });

  it('because the engine cannot bind beside a hold is tried without one', async () => {
    const spec = fixtureSpec('shares_port.py', [], { env });
    const code = `import http.server,sys,runpy
http.server.HTTPServer.allow_reuse_address=False
sys.path.insert(0,${JSON.stringify(engines)})
sys.dont_write_bytecode=True
import shares_port
shares_port.Server.server_bind=http.server.HTTPServer.server_bind
shares_port.serve(sys.argv)`;
    const plan: EngineSpec['plan'] = (port) => ({
      ...spec.plan(port),
      argv: ['python3', '-c', code, '--port', String(port)],
    });
    const engine = await start({ ...spec, plan });
    expect(names(spec).filter((name) => name === 'port-retry').length).toBe(1);
    await engine.checkOwnership();
  });
});
