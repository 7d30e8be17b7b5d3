import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The XML of an invented `nvidia-smi -q -x`, by the name after `synthetic-`. */
export function syntheticXml(name: string): string {
  return readFileSync(syntheticPath(name), 'utf8');
}

/** Where it lies. */
export function syntheticPath(name: string): string {
  return join(import.meta.dirname, '..', 'fixtures', 'gpu', `synthetic-${name}.xml`);
}

/** An environment in which a tool of this name runs these lines of shell. */
export function withTool(name: string, script: string): NodeJS.ProcessEnv {
  const dir = mkdtempSync(join(tmpdir(), 'bench-tool-'));
  writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, name), 0o755);
  return { PATH: `${dir}:/usr/bin:/bin` };
}
