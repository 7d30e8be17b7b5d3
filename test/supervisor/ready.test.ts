import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ReadyProbe, waitUntilReady } from '../../src/supervisor/ready.ts';

/** An engine that wants a key for all but its health, and lists models. */
async function probeOf(
  models: readonly string[],
  more: Partial<ReadyProbe> & { wants?: string } = {},
): Promise<ReadyProbe> {
  const { wants = '', ...over } = more;
  const server = createServer((request, response) => {
    const isIn =
      wants === '' || request.url === '/health' || request.headers.authorization === `Bearer ${wants}`;
    response.statusCode = isIn ? 200 : 401;
    response.end(isIn ? JSON.stringify({ data: models.map((id) => ({ id })), choices: [] }) : 'who are you?');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    name: 'engine',
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    healthPath: '/health',
    model: null,
    readyRequest: (model) => ({ model }),
    headers: {},
    redact: (text) => text,
    onHealthy: () => {},
    onProgress: () => {},
    ...over,
  };
}

const signal = new AbortController().signal;

describe('an engine that wants a key', () => {
  it('is ready with it', async () => {
    const probe = await probeOf(['m'], { wants: 'k', headers: { authorization: 'Bearer k' } });
    expect(await waitUntilReady(probe, signal)).toBe('m');
  });

  it('says so without it', async () => {
    await expect(waitUntilReady(await probeOf(['m'], { wants: 'k' }), signal)).rejects.toMatchObject({
      reason: 'api-key',
      message: 'engine refused GET /v1/models with status 401: who are you?',
      hint: expect.stringContaining('--api-key'),
    });
  });

  it('says so with another, and never which', async () => {
    const probe = await probeOf(['m'], { wants: 'k', headers: { authorization: 'Bearer wrong' } });
    const error = await waitUntilReady(probe, signal).catch((caught: Error & { hint: string }) => caught);
    expect(error).toMatchObject({ reason: 'api-key', hint: expect.stringContaining('wants another') });
    expect(JSON.stringify(error) + (error as Error).message).not.toContain('wrong');
  });
});

it.each([
  [['a', 'b'], 'model-unnamed', 'engine serves several models: a, b.'],
  [[], 'model-missing', 'engine lists no model.'],
])('of %j models none is the one to ask', async (models, reason, message) => {
  await expect(waitUntilReady(await probeOf(models), signal)).rejects.toMatchObject({ reason, message });
});
