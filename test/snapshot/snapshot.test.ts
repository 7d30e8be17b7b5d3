import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, sha256Hex } from '../../src/canonical.ts';
import { describeBinary } from '../../src/snapshot/binary.ts';
import { findEngineFiles, hashEngineFiles } from '../../src/snapshot/engine-files.ts';
import { gpuFacts } from '../../src/snapshot/gpu.ts';
import { openHashCache } from '../../src/snapshot/hash-cache.ts';
import { hostFacts } from '../../src/snapshot/host.ts';
import { describeLibraries } from '../../src/snapshot/libraries.ts';
import { type Snapshot, takeSnapshot } from '../../src/snapshot/snapshot.ts';
import type { ProcessSeen } from '../../src/supervisor/processes.ts';

const secret = 'hf_topsecret';
const options = { cache: openHashCache(null) };
let dir: string;
let child: ChildProcess;
let snapshot: Snapshot;

/** A process as /proc shows it now. */
function see(pid: number): ProcessSeen {
  const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  const stat = read('stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const words = (text: string): string[] => text.split('\0').slice(0, -1);
  const env = words(read('environ')).map((entry) => [
    entry.slice(0, entry.indexOf('=')),
    entry.slice(entry.indexOf('=') + 1),
  ]);
  return {
    pid,
    ppid: Number(fields[1]),
    startTicks: Number(fields[19]),
    comm: read('comm').trim(),
    argv: words(read('cmdline')),
    env: Object.fromEntries(env) as Record<string, string>,
    envSource: 'first-seen',
    cwd: readlinkSync(`/proc/${pid}/cwd`),
    exe: readlinkSync(`/proc/${pid}/exe`),
    firstSeenNs: 1,
    lastSeenNs: 2,
  };
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bench-snapshot-'));
  writeFileSync(join(dir, 'model.gguf'), 'weights');
  const argv = [
    '-e',
    'setInterval(() => {}, 1000); process.stdout.write("up")',
    '--',
    '-m',
    'model.gguf',
    `--key=${secret}`,
  ];
  child = spawn(process.execPath, argv, { cwd: dir, env: { PATH: '/usr/bin:/bin', TOKEN: secret, A: '1' } });
  await new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve);
    child.once('exit', () => reject(new Error('it did not come up')));
  });
  const root = see(child.pid ?? 0);
  const ended = { ...root, pid: 4_000_000, startTicks: 5, env: { PATH: '/bin', TOKEN: secret, B: '2' } };
  snapshot = await takeSnapshot({
    takenAt: '2026-01-01T00:00:00Z',
    engine: { name: 'custom', version: '1', facts: { n_ctx: 4096 }, stated: {} },
    model: 'm',
    rootPid: root.pid,
    processes: [root, ended],
    containment: 'pgroup',
    phases: { seen: { spawn: 0, ready: 12.5 }, told: {} },
    lshw: { absent: 'lshw not found' },
    gpuState: { absent: 'nvidia-smi not found' },
    hubModel: null,
    libraries: await describeLibraries([root], [root.pid], new Map(), options),
    compileCaches: [],
    host: await hostFacts(),
    gpu: await gpuFacts({ PATH: '/nowhere' }),
    binary: await describeBinary(process.execPath, (name) => name, options),
    venv: null,
    files: await hashEngineFiles(findEngineFiles(argv, { cwd: dir, root: dir, extra: [] }), options),
    shell: null,
    bench: { version: '0.1.0', commit: null, dirty: false },
    secrets: [secret],
  });
});
afterAll(() => {
  child.kill('SIGKILL');
});

describe('a snapshot', () => {
  it('is canonical JSON and hashed', () => {
    expect(snapshot.text).toBe(canonicalJson(JSON.parse(snapshot.text)));
    expect(snapshot.sha256).toBe(sha256Hex(snapshot.text));
    expect(snapshot.artifact).toBe(`bin:${sha256Hex(readFileSync(process.execPath)).slice(0, 12)}`);
  });

  it('has the command as the kernel shows it, and no secret', () => {
    expect(snapshot.text).not.toContain(secret);
    expect(snapshot.document).toMatchObject({
      command: {
        argv: expect.arrayContaining(['model.gguf', `--key=[redacted ${sha256Hex(secret).slice(0, 12)}]`]),
        env: { PATH: '/usr/bin:/bin', TOKEN: { redacted: true, sha256: sha256Hex(secret) }, A: '1' },
        cwd: dir,
      },
      files: [{ path: join(dir, 'model.gguf'), role: 'model', sha256: sha256Hex('weights') }],
      gpu: { absent: 'nvidia-smi not found' },
    });
  });

  it('shows other environments as differences, and how the kernel treats who lives', () => {
    const { processes } = snapshot.document as unknown as { processes: Record<string, unknown>[] };
    expect(processes[0]).toMatchObject({
      kernel: { status: { Cpus_allowed_list: expect.stringMatching(/^[\d,-]+$/) }, nice: expect.any(String) },
    });
    expect(processes[1]).toMatchObject({
      envFromRoot: {
        added: { B: '2' },
        removed: ['A'],
        changed: { PATH: { from: '/usr/bin:/bin', to: '/bin' } },
      },
      kernel: { absent: 'it had ended' },
    });
  });

  it('says what it does not hold', () => {
    const { notCaptured } = snapshot.document as { notCaptured: string[] };
    expect(notCaptured.length).toBeGreaterThan(0);
    expect(JSON.parse(snapshot.text)).toEqual(snapshot.document);
  });
});
