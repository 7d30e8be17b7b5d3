import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Workbench, workbench } from './workbench.ts';

interface Comparison {
  readonly a: { readonly row: { readonly iter: number } | null };
  readonly b: { readonly row: { readonly iter: number } | null };
  readonly comparable: { readonly state: string };
  readonly paired: null;
  readonly knobs: readonly { readonly name: string }[];
  readonly metrics: readonly { readonly metric: string; readonly judgement: string }[];
  readonly queries: { readonly moves: readonly { readonly query: string }[] };
  readonly outputs: { readonly compared: number; readonly changed: readonly unknown[] };
}

describe('bench diff, after two runs of an engine', () => {
  let bench: Workbench;
  let clone: string;
  beforeAll(async () => {
    bench = await workbench();
    expect(await bench.bench('run', 'configs/scripted.yaml')).toMatchObject({ code: 0 });
    bench.write({
      'slower.json': JSON.stringify({ ttftMs: 10, itlMs: 140, texts: ['Other', ' words', ' here.'] }),
      'configs/slower.yaml':
        'description: slower\nparent: scripted.yaml\nset: { --script: slower.json }\ngroups: { pace: [--script] }\n',
    });
    expect(await bench.bench('run', 'configs/slower.yaml', '--provisional')).toMatchObject({ code: 0 });
    clone = join(mkdtempSync(join(tmpdir(), 'bench-e2e-')), 'clone');
    bench.git('clone', '-q', bench.root, clone);
  }, 120_000);

  async function compared(a: string, b: string): Promise<Comparison> {
    const { code, stdout } = await bench.benchWith({ cwd: clone }, 'diff', a, b, '--json');
    expect(code).toBe(0);
    const [comparison] = (JSON.parse(stdout) as { comparisons: Comparison[] }).comparisons;
    if (comparison === undefined) throw new Error('no comparison');
    return comparison;
  }

  it('works in a fresh clone, where no bundle is', async () => {
    const found = await compared('iter-0', 'iter-1');
    expect(found.comparable.state).toBe('yes');
    expect(found.knobs.map(({ name }) => name)).toEqual(['pace']);
    expect(found.metrics.find(({ metric }) => metric === 'decode_tok_s')?.judgement).toBe('unpaired');
    expect(found.queries.moves.map(({ query }) => query).sort()).toEqual(['a', 'b', 'c']);
    expect(found.outputs).toMatchObject({ compared: 3, changed: [{}, {}, {}] });
    expect(found.paired).toBeNull();
  });

  it('finds the rows of files by what they mean, in another place and without their variables', async () => {
    const found = await compared('HEAD:configs/scripted.yaml', 'configs/slower.yaml');
    expect([found.a.row?.iter, found.b.row?.iter]).toEqual([0, 1]);
  });

  it('says in words that stored numbers are no verdict', async () => {
    const { code, stdout } = await bench.benchWith({ cwd: clone }, 'diff', 'iter-0', 'iter-1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^UNPAIRED {2}decode -\d+\.\d %, no verdict: the runs are \d+ seconds? apart$/m);
    expect(stdout).toContain('outputs: 0 of 3 the same, 3 changed: a, b, c');
  });
});
