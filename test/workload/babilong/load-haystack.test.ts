import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecallData, type RecallData, type RecallSource } from '../../../src/workload/babilong/load.ts';
import { contextOf, items } from './items.ts';

let moby: RecallData;

beforeAll(async () => {
  moby = await openRecallData({ kind: 'moby-dick' });
});

describe('a folder as haystack', () => {
  const prose = 'It was the best of times for many whales and also the worst of times for all the others. ';

  function folder(files: Readonly<Record<string, string | Uint8Array>>): string {
    const dir = mkdtempSync(join(tmpdir(), 'haystack-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
    return dir;
  }

  it('is used as it is, names included', async () => {
    const dir = folder({
      'b.txt': prose.repeat(100),
      'a.txt': `Mary was in the office. ${prose}`.repeat(50),
    });
    const source: RecallSource = { kind: 'haystack', dir };
    const data = await openRecallData(source);
    const [item] = await items(data, 'qa1', '1k');
    expect(item?.contextTokens).toBe(700);
    expect(item?.id).toMatch(/^babi1-s0-dir[0-9a-f]{8}-qa1-1k-0$/);
    expect(data.describe(4)).toMatchObject({
      source: 'generated',
      generator: 'babi1',
      seed: 4,
      haystack: { name: 'dir' },
      deviations: [
        'own stories in the wording of bAbI v1.2, not the released ones',
        'noise from 2 books of a folder',
      ],
    });
    const again = await openRecallData({ kind: 'haystack', dir: folder({ 'a.txt': prose }) });
    expect(again.describe(4).haystack?.sha256).not.toBe(data.describe(4).haystack?.sha256);
  });

  it('is Moby-Dick unless told otherwise, and says so', () => {
    expect(moby.describe(0)).toMatchObject({ source: 'generated', haystack: { name: 'moby' } });
    expect(moby.describe(0).deviations).toContain('noise from Moby-Dick, not PG19');
  });

  it('is refused when it is not there, empty, or not UTF-8', async () => {
    const open = (dir: string) => openRecallData({ kind: 'haystack', dir });
    await expect(open('/nowhere')).rejects.toMatchObject({
      exitCode: 2,
      message: 'the haystack /nowhere cannot be read: ENOENT',
    });
    await expect(open(folder({ 'a.md': 'x' }))).rejects.toThrow('has no .txt file');
    await expect(open(folder({ 'a.txt': '' }))).rejects.toThrow('has only empty .txt files');
    const bad = folder({ 'a.txt': Uint8Array.of(0x41, 0xff) });
    await expect(open(bad)).rejects.toThrow(`${join(bad, 'a.txt')} is not UTF-8`);
    const nested = folder({});
    mkdirSync(join(nested, 'a.txt'));
    await expect(open(nested)).rejects.toThrow('has no .txt file');
  });

  it('is refused when it has nothing to hide facts in', async () => {
    const data = await openRecallData({
      kind: 'haystack',
      dir: folder({ 'a.txt': 'Too short. Far too short. Oh.' }),
    });
    await expect(items(data, 'qa1', '1k')).rejects.toThrow('has no sentence of 10 tokens or more');
    expect(await items(data, 'qa1', '0k')).toHaveLength(1);
  });

  it('keeps its line breaks, and a cut character is a replacement character', async () => {
    const wrapped = 'It was the best of\ntimes, 🐳🐳🐳🐳🐳🐳🐳🐳🐳🐳 for many whales. ';
    const data = await openRecallData({ kind: 'haystack', dir: folder({ 'a.txt': wrapped.repeat(100) }) });
    const contexts = (await items(data, 'qa4', '1k', 0, 20)).map(contextOf);
    expect(contexts.every((text) => text.includes('best of\ntimes'))).toBe(true);
    expect(contexts.some((text) => text.includes('\uFFFD'))).toBe(true);
  });
});
