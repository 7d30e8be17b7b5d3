/**
 * `npm run bench:pairs`: what verdicts on the real llama.cpp server are worth. Measures a calibration of 60 launches and
 * keeps them as data, 20 verdicts of an experiment against itself, one thread against two, a flag that does nothing, and
 * slowdowns of 0.5, 1 and 2 times the printed MDE. Takes half an hour of a quiet machine.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CalibrationFile } from '../../src/ledger/calibration.ts';
import { checkoutRoot } from '../clock/compile.ts';
import { launchesOf, makeWorkplace, type PairsSeen, type Workplace } from './workplace.ts';

/** One experiment with the verdict that it got. */
export interface SeenVerdict {
  readonly name: string;
  /** What was planted, % of the rate; null: not known. */
  readonly plantedPct: number | null;
  readonly reason: string;
  readonly effectPct: number | null;
  readonly lowerPct: number | null;
  readonly upperPct: number | null;
  readonly pairs: number;
  readonly dropped: number;
  readonly sentence: string;
}

const data = join(checkoutRoot(), 'bench/pairs/data');
mkdirSync(data, { recursive: true });

process.exitCode = main();

function main(): number {
  const { values } = parseArgs({
    options: {
      venv: { type: 'string', default: join(checkoutRoot(), '.venvs/llamacpp') },
      quads: { type: 'string', default: '15' },
      verdicts: { type: 'string', default: '20' },
      pairs: { type: 'string', default: '8' },
      keep: { type: 'boolean', default: false },
    },
  });
  const place = makeWorkplace(values.venv);
  try {
    const mde = calibrate(place, values.quads, Number(values.pairs));
    const seen: SeenVerdict[] = [];
    const note = (verdict: SeenVerdict): void => {
      seen.push(verdict);
      process.stderr.write(`${verdict.name}: ${verdict.sentence}\n`);
      writeFileSync(
        join(data, 'verdicts.json'),
        `${JSON.stringify({ mdePct: mde, verdicts: seen }, null, 1)}\n`,
      );
    };
    const limit = ['--pairs', values.pairs, '--no-commit'];
    note(child(place, 'two threads', 'set: { -t: 2 }', null, limit));
    note(child(place, 'a flag that does nothing', 'set: { --no-perf: true }', 0, limit));
    for (const times of [0.5, 1, 2]) {
      // Held still for a share, a rate falls by the share itself.
      const share = (times * mde) / 100;
      const env = `env: { THROTTLE: "${share.toFixed(5)}" }`;
      note(child(place, `${times} x MDE slower`, env, -times * mde, limit));
    }
    for (let number = 1; number <= Number(values.verdicts); number += 1)
      note(
        verdictOf(
          `itself ${number}`,
          0,
          place.pairs('configs/base.yaml', '--against', 'configs/base.yaml', ...limit),
        ),
      );
    return 0;
  } finally {
    if (!values.keep) rmSync(place.root, { recursive: true, force: true });
    else process.stderr.write(`kept: ${place.root}\n`);
  }
}

/** Measures the noise, keeps its launches, answers the MDE of decode_tok_s in %. */
function calibrate(place: Workplace, quads: string, pairs: number): number {
  const { code, stdout } = place.bench(
    'calibrate',
    'configs/base.yaml',
    '--quads',
    quads,
    '--budget',
    '2h',
    '--json',
  );
  if (code !== 0) throw new Error(`bench calibrate exited ${code}`);
  const { files, bundle } = JSON.parse(stdout) as { files: readonly CalibrationFile[]; bundle: string };
  const file = files.find(({ metric }) => metric === 'decode_tok_s');
  if (file === undefined) throw new Error('no calibration of decode_tok_s');
  const { effects, floorPct, shares, drift, warmUp, mdePct, launchSeconds } = file;
  const kept = {
    effects,
    floorPct,
    shares,
    drift,
    warmUp,
    mdePct,
    launchSeconds,
    launches: launchesOf(join(place.root, bundle)),
  };
  writeFileSync(join(data, 'launches.json'), `${JSON.stringify(kept)}\n`);
  return mdePct[String(pairs)] ?? 0;
}

function child(
  place: Workplace,
  name: string,
  change: string,
  plantedPct: number | null,
  limit: readonly string[],
): SeenVerdict {
  const path = `configs/${name.replaceAll(/\W+/g, '-')}.yaml`;
  place.write(path, `description: ${name}\nparent: base.yaml\n${change}\n`);
  return verdictOf(name, plantedPct, place.pairs(path, ...limit));
}

function verdictOf(name: string, plantedPct: number | null, { row, comparison }: PairsSeen): SeenVerdict {
  return {
    name,
    plantedPct,
    reason: row.reason ?? '',
    effectPct: row.delta_pct,
    lowerPct: row.ci_lo_pct,
    upperPct: row.ci_hi_pct,
    pairs: row.pairs ?? 0,
    dropped: comparison?.pairs.filter(({ invalid }) => invalid !== null).length ?? 0,
    sentence: comparison?.sentence ?? row.reason ?? '',
  };
}
