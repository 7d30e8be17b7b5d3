import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Mode } from '../plan.ts';
import { type PeerName, peerNames } from './plan.ts';

export const usage = `usage: npm run bench:peers -- [--streams 16,64,256] [--modes burst,staggered] [--clients bench,guidellm,aiperf]
                              [--rounds 3] [--quick] [--json] [--raw FOLDER]
  --quick   one round of fewer requests
  --raw     keep what the engine and the clients wrote, a folder a run
The first call installs the peers with pip into .venvs/peers. Settings of theirs in the environment (GUIDELLM_*,
AIPERF_*) are handed to them.
`;

/** What the command line asks for. */
export interface Options {
  readonly streams: readonly number[];
  readonly modes: readonly Mode[];
  readonly clients: readonly PeerName[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly json: boolean;
  /** Absolute; null when nothing is kept. */
  readonly raw: string | null;
}

/** Command line -> options; null when it asks for what there is not. */
export function readOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        streams: { type: 'string', default: '16,64,256' },
        modes: { type: 'string', default: 'burst' },
        clients: { type: 'string', default: peerNames.join(',') },
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        raw: { type: 'string' },
      },
    });
    const { quick, json } = values;
    const streams = values.streams.split(',').map(Number);
    const rounds = Number(values.rounds ?? (quick ? 1 : 3));
    const clients = known(peerNames, values.clients);
    const modes = known(['burst', 'staggered'] as const, values.modes);
    const isCounted = [...streams, rounds].every((count) => Number.isInteger(count) && count > 0);
    if (clients === null || modes === null || !isCounted) return null;
    const raw = values.raw === undefined ? null : resolve(values.raw);
    return { streams, modes, clients, rounds, quick, json, raw };
  } catch {
    return null;
  }
}

function known<Name extends string>(names: readonly Name[], list: string): Name[] | null {
  const asked = list.split(',');
  return asked.every((name) => (names as readonly string[]).includes(name))
    ? names.filter((name) => asked.includes(name))
    : null;
}
