import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const writeWheel = `
import sys, zipfile
folder, name, version, tag, size = sys.argv[1:]
info = f"{name}-{version}.dist-info"
path = f"{folder}/{name}-{version}-{tag}.whl"
with zipfile.ZipFile(path, "w") as wheel:
    wheel.writestr(f"{name}.py", f"version = {version!r}\\n# " + "x" * int(size))
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\nRequires-Dist: never-published\\n")
    wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: {tag}\\n")
    wheel.writestr(f"{info}/RECORD", "")
print(path)
`;

/** A wheel on disk and the line that locks it. */
export interface Wheel {
  readonly name: string;
  readonly file: string;
  readonly line: string;
}

/** Makes a wheel that asks for a dependency which does not exist: only `--no-deps` can install it. */
export function makeWheel(name: string, version: string, tag = 'py3-none-any', sizeBytes = 10): Wheel {
  const folder = mkdtempSync(join(tmpdir(), 'bench-wheel-'));
  const args = ['-c', writeWheel, folder, name, version, tag, String(sizeBytes)];
  const file = execFileSync('python3', args, { encoding: 'utf8' }).trim();
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  return { name, file, line: `${name}==${version} --hash=sha256:${sha256}` };
}

/** A package index on the loopback interface that serves these wheels. */
export interface WheelIndex {
  /** Environment with which pip and uv use this index and nothing else. */
  readonly env: NodeJS.ProcessEnv;
  /** File names asked for so far. */
  readonly downloads: string[];
  /** While true, downloads stop half way and hang. */
  stalled: boolean;
  close(): void;
}

export async function startIndex(wheels: readonly Wheel[]): Promise<WheelIndex> {
  const downloads: string[] = [];
  const server: Server = createServer((request, response) => {
    const [, kind, name = ''] = (request.url ?? '').split('/');
    const found = wheels.filter(
      (wheel) => (kind === 'simple' ? wheel.name : wheel.file.split('/').pop()) === name,
    );
    const wheel = found[0];
    if (wheel === undefined) {
      response.writeHead(404).end();
    } else if (kind === 'simple') {
      const links = found.map(
        ({ file }) => `<a href="/files/${file.split('/').pop()}">${file.split('/').pop()}</a>`,
      );
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(`<html><body>${links.join('\n')}</body></html>`);
    } else {
      const body = readFileSync(wheel.file);
      downloads.push(name);
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.length });
      if (index.stalled) response.write(body.subarray(0, body.length / 2));
      else response.end(body);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
  const env = { ...isolated(), PIP_INDEX_URL: url, UV_DEFAULT_INDEX: url };
  const index: WheelIndex = {
    env,
    downloads,
    stalled: false,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return index;
}

/** This process's environment without its pip and uv settings and with an empty cache. */
export function isolated(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PIP|UV)_/.test(name));
  const cache = mkdtempSync(join(tmpdir(), 'bench-cache-'));
  return {
    ...Object.fromEntries(kept),
    PIP_CONFIG_FILE: '/dev/null',
    PIP_CACHE_DIR: cache,
    UV_CACHE_DIR: cache,
    UV_NO_CONFIG: '1',
  };
}
