import type { CalibrationFile } from '../../src/ledger/calibration.ts';

/** A calibration from four pairs, made on the first of December; `over` says what differs. */
export function sampleCalibration(over: Partial<CalibrationFile> = {}): CalibrationFile {
  return {
    schemaVersion: 1,
    createdAt: '2026-12-01T00:00:00.000Z',
    fingerprint: '0123456789ab',
    fingerprintFacts: { cpu: { model: 'Xeon' } },
    engine: 'llamacpp',
    model: 'smollm2-135m@1a2b3c4d5e6f',
    metric: 'decode_tok_s',
    rounds: 2,
    config: 'configs/llamacpp-smollm2.yaml',
    expId: 'abcdefabcdef',
    artifact: 'bin:0123456789ab',
    bench: '0.1.0@0123456',
    effects: [0.004, -0.007, 0.011, -0.002],
    variance: 0.0000606667,
    degrees: 3,
    floorPct: 2.51,
    p95AbsolutePct: 1.05,
    shares: { launch: 0.71, round: 0.09, query: 0.2 },
    drift: { changePct: -0.4, p: 0.31, perHourPct: -2.6 },
    warmUp: { flat: 7, 'warm-up': 1 },
    mdePct: { '2': null, '3': 2.96, '4': 2.4, '8': 1.46 },
    launchValues: [91.2, 90.8, 91.9, 92.1, 90.4, 91.3, 91, 91.5],
    launchSeconds: 14.2,
    ...over,
  };
}
