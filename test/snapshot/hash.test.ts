import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, openHashCache } from '../../src/snapshot/hash-cache.ts';
import { hashFileSync } from '../../src/snapshot/hash-file.ts';
import { hashFile, hashFiles } from '../../src/snapshot/hash-files.ts';

let dir: string;
let cache: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bench-hash-'));
  cache = join(dir, 'cache');
});

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** Hashes with the cache as it is on disk now. */
const hashNow = (path: string) => hashFile(path, { cache: openHashCache(cache) });

/** Long enough ago for its time stamps to be trusted: only ctime cannot be set, so the test waits for it. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2100));
}

function write(name: string, content: string | Buffer): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

describe('hashing', () => {
  const block = 1024 * 1024;
  it.each([0, 1, block - 1, block, block + 1, 3 * block])('reads all of %i bytes', (size) => {
    const content = Buffer.alloc(size, 'abc');
    const path = write('f', content);
    expect(hashFileSync(path)).toMatchObject({ sha256: sha256(content), sizeBytes: size });
  });

  it('names a file that cannot be hashed', async () => {
    await expect(hashNow(join(dir, 'none'))).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining(`${dir}/none could not be hashed: ENOENT`),
    });
    await expect(hashNow(dir)).rejects.toThrow(/not a regular file/);
  });

  it('gives the same with the threads of the compiled program', () => {
    const root = join(import.meta.dirname, '../..');
    const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')];
    execFileSync(process.execPath, [...compiler, '--noCheck', '--outDir', join(dir, 'dist')]);
    write('package.json', '{"type":"module"}');
    const paths = Array.from({ length: 9 }, (_, n) => write(`data${n}`, Buffer.alloc(2_000_000 + n, `${n}`)));
    const program = `
      import { hashFiles } from './dist/src/snapshot/hash-files.js';
      import { openHashCache } from './dist/src/snapshot/hash-cache.js';
      const files = await hashFiles(${JSON.stringify(paths)}, { cache: openHashCache(null) });
      const control = new AbortController();
      const stopped = hashFiles(${JSON.stringify(paths)}, { cache: openHashCache(null), signal: control.signal });
      control.abort(new Error('stop now'));
      const reason = await stopped.then(() => 'none', (error) => error.message);
      console.log(JSON.stringify({ hashes: files.map((file) => file.sha256), reason }));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: dir,
      encoding: 'utf8',
    });
    const expected = paths.map((path) => sha256(readFileSync(path)));
    expect(JSON.parse(output)).toEqual({ hashes: expected, reason: 'stop now' });
  });
});

describe('the cache', () => {
  it('is used for a settled file, in the order asked for, and by other processes', async () => {
    const paths = [write('b', 'bb'), write('a', 'a')];
    await settle();
    const first = await hashFiles(paths, { cache: openHashCache(cache) });
    const second = await hashFiles(paths, { cache: openHashCache(cache) });
    expect(first.map(({ source }) => source)).toEqual(['computed', 'computed']);
    expect(second).toEqual(first.map((file) => ({ ...file, source: 'cache' })));
  });

  it('is not used for a file changed within 2 s before it was read', async () => {
    const path = write('young', 'x');
    await hashNow(path);
    expect((await hashNow(path)).source).toBe('computed');
    utimesSync(path, 1, 1);
    await hashNow(path);
    expect((await hashNow(path)).source).toBe('computed');
  });

  it('sees a write whose mtime was put back, and another file moved over it', async () => {
    const path = write('f', 'before');
    utimesSync(path, 1_000_000, 1_000_000);
    await settle();
    await hashNow(path);
    expect((await hashNow(path)).source).toBe('cache');

    writeFileSync(path, 'after!');
    utimesSync(path, 1_000_000, 1_000_000);
    expect(statSync(path).mtimeMs).toBe(1_000_000_000);
    expect(await hashNow(path)).toMatchObject({ source: 'computed', sha256: sha256('after!') });

    const other = write('other', 'moved!');
    utimesSync(other, 1_000_000, 1_000_000);
    renameSync(other, path);
    expect(await hashNow(path)).toMatchObject({ source: 'computed', sha256: sha256('moved!') });
  });

  it('is ignored when damaged, and keeps what two writers add', async () => {
    const [one, two] = [write('one', '1'), write('two', '2')];
    await settle();
    const [first, second] = [openHashCache(cache), openHashCache(cache)];
    await hashFile(one, { cache: first });
    await hashFile(two, { cache: second });
    expect((await hashNow(one)).source).toBe('cache');
    expect((await hashNow(two)).source).toBe('cache');

    const [file = ''] = readdirSync(cache);
    const whole = readFileSync(join(cache, file), 'utf8');
    const hash = sha256('1');
    for (const damaged of [whole.slice(0, -70), whole.replace(hash, sha256('wrong')), 'rubbish', '']) {
      writeFileSync(join(cache, file), damaged);
      expect(await hashFile(one, { cache: openHashCache(cache) })).toMatchObject({
        source: 'computed',
        sha256: hash,
      });
    }
    expect(readdirSync(cache)).toEqual([file]);
  });

  it('lives in the user cache folder, and may be impossible', async () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/x/bench');
    expect(cacheFolder({ XDG_CACHE_HOME: 'relative', HOME: '/h' })).toBe('/h/.cache/bench');
    expect(cacheFolder({})).toBeNull();
    const path = write('f', 'x');
    const blocked = openHashCache(join(write('not-a-folder', ''), 'cache'));
    expect((await hashFile(path, { cache: blocked })).sha256).toBe(sha256('x'));
  });
});
