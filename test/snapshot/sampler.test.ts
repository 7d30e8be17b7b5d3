import { describe, expect, it } from 'vitest';
import { type Sample, startSampler } from '../../src/snapshot/sampler.ts';
import { withTool } from './smi.ts';

const page = `# HELP x counts
engine_requests_total{model="a b"} 12
engine_ttft_bucket{le="0.1"} 3
engine_ttft_sum 0.5
engine_odd NaN
`;

function sampled(gpuEnv: NodeJS.ProcessEnv | null = null) {
  const lines: Sample[] = [];
  const state = { nowMs: 0, asked: 0 };
  const sampler = startSampler({
    write: (line) => void lines.push(line),
    now: () => state.nowMs * 1e6,
    async metrics() {
      state.asked += 1;
      return page;
    },
    gpuEnv,
  });
  const kinds = (): string[] => lines.map(({ kind }) => kind);
  return { lines, state, sampler, kinds };
}

describe('the sampler', () => {
  it('samples each kind no oftener than it may', async () => {
    const { state, sampler, kinds } = sampled();
    for (const nowMs of [0, 10, 999, 1000, 1500, 4999, 5000, 5999]) {
      state.nowMs = nowMs;
      await sampler.sample();
    }
    expect(kinds()).toEqual(['host', 'engine', 'host', 'host', 'engine', 'host']);
    expect(state.asked).toBe(2);
  });

  it("keeps the engine's series but for buckets and what is no number", async () => {
    const { sampler, lines } = sampled();
    await sampler.sample();
    expect(lines.find(({ kind }) => kind === 'engine')).toMatchObject({
      metrics: { 'engine_requests_total{model="a b"}': 12, engine_ttft_sum: 0.5 },
    });
    expect(JSON.stringify(lines)).not.toMatch(/bucket|odd/);
  });

  it('asks the GPUs where there are some', async () => {
    const { sampler, lines } = sampled(
      withTool('nvidia-smi', 'echo "0, 1980, 2619, 412.50, 55, 97, 70000, P0"'),
    );
    await sampler.sample();
    expect(lines.find(({ kind }) => kind === 'gpu')).toMatchObject({
      gpus: [{ index: '0', 'clocks.current.sm': '1980', pstate: 'P0' }],
    });
  });

  it('writes nothing of a tool that fails', async () => {
    const { sampler, kinds } = sampled({ PATH: '/nowhere' });
    await sampler.sample();
    expect(kinds()).toEqual(['host', 'engine']);
  });
});
