import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/canonical.ts';
import { diffSnapshots } from '../../src/snapshot/diff.ts';
import type { SnapshotDocument } from '../../src/snapshot/document.ts';
import { document, engineEnv, host, libraries, library, process, read, tree } from './documents.ts';

type Over = Partial<SnapshotDocument>;

/** Phrases of what differs from the invented snapshot. */
function said(b: Over, a: Over = {}): string[] {
  return diffSnapshots(read(document(a)), read(document(b))).differences.map(({ text }) => text);
}

const cpu = (over: Partial<SnapshotDocument['host']['cpu']>): Over => ({
  host: { ...host(), cpu: { ...host().cpu, ...over } },
});

describe('what differs, in words', () => {
  it('is nothing between a snapshot and itself, or another start of the same', () => {
    expect(said({})).toEqual([]);
    const later: Over = {
      takenAt: '2026-11-23T07:15:40.000Z',
      processes: tree(9100),
      command: {
        ...document().command,
        argv: [...argvOf().slice(0, -1), '50222'],
      } as SnapshotDocument['command'],
      host: { ...host(), uptimeS: 90_000, bootId: '2', load: '9 9 9 4/900 9100' },
      phases: { seen: { spawn: 0, bound: 1 }, told: { 'weights-loaded': 30_000 } },
    };
    const { differences, noise } = diffSnapshots(read(document()), read(document(later)));
    expect(differences).toEqual([]);
    expect(noise.map(({ text }) => text)).toContain('uptime 1000 -> 90000');
    expect(noise.map(({ text }) => text)).toContain('--port 41001 -> 50222');
  });

  it('debug', () => {
    const gpuState = document().gpuState as Exclude<SnapshotDocument['gpuState'], { absent: string }>;
    console.log(
      said({
        host: {
          ...host(),
          cpu: { ...host().cpu, governor: 'performance' },
          kernel: {
            ...host().kernel,
            release: '6.8.0-105-generic',
            commandLine:
              'BOOT_IMAGE=/vmlinuz root=/dev/nvme0n1p2 ro splash mitigations=off transparent_hugepage=madvise',
          },
          system: { ...host().system, nvidiaModule: '570.172.08' },
        },
        gpuState: {
          ...gpuState,
          driver: '570.172.08',
          gpus: gpuState.gpus.map((g) => ({ ...g, persistence: false })),
        },
        libraries: libraries('9.2.0', 'b'),
        processes: tree(7000, {
          added: [{}, { VLLM_USE_V1: '1' }],
          env: { ...engineEnv, CUDA_VISIBLE_DEVICES: '0' },
          affinity: '0-15',
        }),
        venv: {
          ...document().venv!,
          distributions: {
            'nvidia-cudnn-cu12': '9.2.0.1',
            rich: '14.0.1',
            torch: '2.8.0',
            vllm: '0.11.0rc1',
          },
        },
        gpu: { absent: 'nvidia-smi not found' },
      }),
    );
  });
});

function argvOf(): readonly string[] {
  const { command } = document();
  return 'argv' in command ? command.argv : [];
}
