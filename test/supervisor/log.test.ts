import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EngineLog, openEngineLog } from '../../src/supervisor/log.ts';
import type { LogLimits } from '../../src/supervisor/log-file.ts';
import { scratch } from './fixture.ts';

const SECRET = 'sk-SECRET-0123456789';

function open(options: { limits?: LogLimits } = {}): { log: EngineLog; folder: string; read: () => string } {
  const folder = scratch();
  const path = join(folder, 'engine.log');
  const redact = (text: string): string => text.replaceAll(SECRET, '[redacted]');
  const log = openEngineLog({ path, redact, sinceSpawnMs: () => 7, ...options });
  return { log, folder, read: () => readFileSync(path, 'utf8') };
}

describe('engine.log', () => {
  it.each([
    ['a\nb\n', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\n\nb', ['a', '', 'b']],
    ['\r\n\r\nx\r\n', ['', '', 'x']],
    ['1%\r2%\r3%\n', ['1%', '2%', '3%']],
    ['\r1%\r2%', ['1%', '2%']],
    ['no end', ['no end']],
    ['', []],
  ])('%j has the lines %j', async (text, lines) => {
    const { log, read } = open();
    log.write('o', Buffer.from(text));
    await log.close();
    expect(read()).toBe(lines.map((line) => `7 o ${line}\n`).join(''));
  });

  it('is the same wherever the bytes are split, secrets and broken UTF-8 included', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`héllo ${SECRET} wörld 🙂\r\nx ${SECRET}${SECRET}\r`),
      Buffer.from([0xf0, 0x9f, 0x0a, 0xff, 0xe2, 0x82]),
      Buffer.from('\r\n\nend'),
    ]);
    const whole = open();
    whole.log.write('e', bytes);
    await whole.log.close();
    const expected = whole.read();
    expect(expected).toContain(
      '7 e héllo [redacted] wörld 🙂\n7 e x [redacted][redacted]\n7 e \ufffd\n7 e \ufffd\ufffd\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }), async (cuts) => {
        const split = open();
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        for (let i = 1; i < at.length; i++) split.log.write('e', bytes.subarray(at[i - 1], at[i]));
        await split.log.close();
        expect(split.read()).toBe(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps the two streams apart', async () => {
    const { log, read } = open();
    log.write('o', Buffer.from('out'));
    log.write('e', Buffer.from('err\n'));
    log.write('o', Buffer.from('put\n'));
    await log.close();
    expect(read()).toBe('7 e err\n7 o output\n');
  });

  it('hides a secret in a line too long to hold, wherever the line is cut', async () => {
    const { log, read } = open();
    for (let i = 0; i < 400; i++) log.write('o', Buffer.from(`${'y'.repeat(997)}${SECRET}`));
    await log.close();
    const text = read().replace(/\n7 o /g, '');
    expect(text.match(/\[redacted\]/g)?.length).toBe(400);
    expect(text).not.toMatch(/sk-SECRET/);
    expect(read().split('\n').length).toBeGreaterThan(5);
  });

  it('tells its last lines, the unfinished one too, redacted', async () => {
    const { log } = open();
    log.write('o', Buffer.from(`one\ntwo\nthree ${SECRET}`));
    expect(log.tail(2)).toEqual(['two', 'three [redacted]']);
    await log.close();
  });

  it('keeps lines with their stamps: all of them, or of a flood the first and the last', async () => {
    const { log } = open();
    log.write('o', Buffer.from(`one ${SECRET}\n`));
    expect(log.lines()).toEqual([{ atMs: 7, text: 'one [redacted]' }]);
    log.write('o', Buffer.from(Array.from({ length: 40_000 }, (_, at) => `${at}\n`).join('')));
    const lines = log.lines().map(({ text }) => text);
    expect(lines.length).toBeLessThan(16_000);
    expect([lines[0], lines[1], lines.at(-1)]).toEqual(['one [redacted]', '0', '39999']);
    expect(log.tail(1)).toEqual(['39999']);
    await log.close();
  });

  it('keeps head and tail of a flood and says in place what was dropped', async () => {
    const { log, read, folder } = open({ limits: { headBytes: 1000, tailPartBytes: 500 } });
    for (let i = 0; i < 1000; i++) log.write('o', Buffer.from(`line ${i}\n`));
    await log.close();
    const text = read();
    const lines = text.split('\n').slice(0, -1);
    const gap = lines.findIndex((line) => line.startsWith('...'));
    const [, count, bytes] =
      /^\.\.\. (\d+) lines \((\d+) bytes\) were dropped here \.\.\.$/.exec(lines[gap] ?? '') ?? [];
    expect(text.length).toBeLessThan(2100);
    expect(lines[0]).toBe('7 o line 0');
    expect(lines.at(-1)).toBe('7 o line 999');
    const before = Number(/\d+$/.exec(lines[gap - 1] ?? '')?.[0]);
    const after = Number(/\d+$/.exec(lines[gap + 1] ?? '')?.[0]);
    expect(after - before - 1).toBe(Number(count));
    const dropped = Array.from({ length: 1000 }, (_, i) => `7 o line ${i}\n`).slice(before + 1, after);
    expect(dropped.join('').length).toBe(Number(bytes));
    expect(readdirSync(folder)).toEqual(['engine.log']);
  });

  it('drops nothing that fits, though it went through the tail', async () => {
    const { log, read } = open({ limits: { headBytes: 100, tailPartBytes: 200 } });
    for (let i = 0; i < 25; i++) log.write('o', Buffer.from(`line ${i}\n`));
    await log.close();
    expect(read()).toBe(Array.from({ length: 25 }, (_, i) => `7 o line ${i}\n`).join(''));
  });

  it('survives a disk that is full, or a folder that is not there, and says what is lost', async () => {
    for (const [path, code] of [
      ['/dev/full', 'ENOSPC'],
      ['/no/such/folder/engine.log', 'ENOENT'],
    ] as const) {
      const log = openEngineLog({ path, redact: (text) => text, sinceSpawnMs: () => 0 });
      log.write('o', Buffer.from('lost\n'));
      log.write('o', Buffer.from('kept in memory\n'));
      await log.close();
      expect(log.problem()).toContain(code);
      expect(log.tail(1)).toEqual(['kept in memory']);
    }
    const { log } = open();
    await log.close();
    expect(log.problem()).toBeNull();
  });
});
