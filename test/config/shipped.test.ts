import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { namedFiles } from '../../src/config/identity.ts';
import { knobDifferences } from '../../src/config/knob-diff.ts';
import { lint } from '../../src/config/lint.ts';
import { loadExperiment } from '../../src/config/load.ts';
import { nearest } from '../../src/config/nearest.ts';
import { checkFlags } from '../../src/engines/check-flags.ts';
import { engineWords } from '../../src/engines/command-line.ts';
import type { FlagFact, LintProblem } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import { lintFiles } from '../../src/lint-files.ts';
import { fixture } from '../engines/fixtures.ts';

const repository = join(import.meta.dirname, '../..');
const names = readdirSync(join(repository, 'configs')).filter((name) => name.endsWith('.yaml'));

/** An image needs a digest that only its user can choose. */
const templates = ['container-example.yaml'];
const shipped = names.filter((name) => !templates.includes(name));

/** A clone on a machine that has none of the engines. */
let root: string;
const env = { HOME: '/home/someone', PATH: '/nowhere' };

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'bench-shipped-')));
  mkdirSync(join(root, '.git'));
  for (const folder of ['configs', 'queries'])
    cpSync(join(repository, folder), join(root, folder), { recursive: true });
});

const load = (path: string) => loadExperiment(path, { cwd: root, env, isOnlyRead: true });

/** `--help` of each engine, as it was recorded, or as its wheel declares its arguments. */
const helps: { readonly [engine: string]: () => readonly FlagFact[] } = {
  vllm: () => engines.vllm.parseHelp(fixture('vllm/help.txt')),
  llamacpp: () => engines.llamacpp.parseHelp(fixture('llamacpp/help.txt')),
  sglang: () => {
    const { flags } = JSON.parse(fixture('sglang/arguments.json')) as { flags: Record<string, string[]> };
    return Object.entries(flags).map(([flag, aliases]) => ({
      flag,
      aliases,
      takesValue: true,
      choices: null,
      defaultValue: null,
    }));
  },
};

describe('the experiments that are shipped', () => {
  it('are valid on a machine that has none of the engines, and need nothing but their venvs', async () => {
    const world = { cwd: root, env, stdout: { write() {} }, stderr: { write() {} } };
    const reports = await lintFiles(
      shipped.map((name) => `configs/${name}`),
      world,
    );
    expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
    const hints = reports.flatMap((report) => report.hints);
    expect(hints.filter((hint) => !/^On this machine there is no folder `\.venvs\/\w+`/.test(hint))).toEqual(
      [],
    );
  });

  it.each(templates)('%s says what is left to do, and only that', async (name) => {
    const [report] = await lint([`configs/${name}`], { cwd: root, env });
    expect(report?.problems).toEqual([expect.stringMatching(/has no digest.*`bench config pin configs\//)]);
  });

  it.each(shipped)('%s names no flag that its engine does not know', async (name) => {
    const { experiment } = await load(`configs/${name}`);
    const engine = engines[experiment.engine];
    const facts = helps[experiment.engine]?.();
    // No help of TensorRT-LLM was at hand.
    if (facts === undefined || engine.help === null) return expect(experiment.engine).toBe('trtllm');
    const words = engineWords(engine.help, basename(experiment.cmd ?? ''), experiment.args);
    expect(words?.some((word) => word.startsWith('-'))).toBe(true);
    expect(checkFlags(words ?? [], facts, engine.help, nearest)).toEqual([]);
  });

  it.each(shipped)('%s asks for nothing that the card it names cannot do', async (name) => {
    const { experiment } = await load(`configs/${name}`);
    const capability = name.startsWith('rtx3090') ? '8.6' : name.includes('b200') ? '10.0' : null;
    const problems: readonly LintProblem[] = engines[experiment.engine].lintArgs({
      args: experiment.args,
      env: experiment.env,
      gpus: capability === null ? null : [{ name, computeCapability: capability }],
      modelConfig: { max_position_embeddings: name.startsWith('rtx3090') ? 40_960 : 131_072 },
    });
    expect(problems).toEqual([]);
  });

  it('each child changes one knob against its parent, and no two are the same', async () => {
    const all = await Promise.all(shipped.map((name) => load(`configs/${name}`)));
    const children = all.filter(({ parents }) => parents.length > 0);
    expect(children.length).toBeGreaterThanOrEqual(9);
    for (const child of children) {
      const parent = await load(child.parents[0] ?? '');
      const changed = knobDifferences(parent.experiment, child.experiment).map(({ name }) => name);
      expect([child.configPath, changed]).toEqual([child.configPath, [expect.any(String)]]);
    }
    const meanings = all.map(({ symbolic }) => JSON.stringify(symbolic));
    expect(new Set(meanings).size).toBe(meanings.length);
  });

  it('a chain of six leads from gpt-oss-120b on vLLM to another kernel for its experts', async () => {
    const last = await load('configs/vllm-b200-moe-backend.yaml');
    expect(last.parents.map((path) => basename(path, '.yaml'))).toEqual([
      'vllm-b200-spec-decode',
      'vllm-b200-async-scheduling',
      'vllm-b200-fp8-kv',
      'vllm-b200-attention',
      'vllm-b200-cudagraphs',
      'vllm-b200',
    ]);
    const spec = await load('configs/vllm-b200-spec-decode.yaml');
    const before = await load('configs/vllm-b200-async-scheduling.yaml');
    const [change] = knobDifferences(before.experiment, spec.experiment);
    expect(change?.name).toBe('eagle3');
    expect(change?.leaves).toHaveLength(3);
  });

  it("TensorRT-LLM's own file is one of the files that name the experiment", async () => {
    const { experiment } = await load('configs/trtllm-b200.yaml');
    expect(namedFiles(experiment)).toContain('configs/files/trtllm-b200.yaml');
    expect(experiment.workload.cache).toBe('cold');
  });

  it('say that they were not run by us where that is so', () => {
    const silent = shipped.filter(
      (name) => !/not run by us/i.test(readFileSync(join(repository, 'configs', name), 'utf8')),
    );
    expect(silent.sort()).toEqual([
      'llamacpp-smollm2-t2.yaml',
      'llamacpp-smollm2.yaml',
      'vllm-cpu-smollm2.yaml',
    ]);
  });
});
