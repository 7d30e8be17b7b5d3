import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/config/nearest.ts';
import { checkFlags } from '../../src/engines/check-flags.ts';
import { engineWords } from '../../src/engines/command-line.ts';
import type { Engine, FlagFact } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import { fixture } from './fixtures.ts';

const { vllm, llamacpp, sglang } = engines;
const known = {
  vllm: vllm.parseHelp(fixture('vllm/help.txt')),
  llamacpp: llamacpp.parseHelp(fixture('llamacpp/help.txt')),
};

function said(engine: Engine, facts: readonly FlagFact[], words: string): [string, string][] {
  if (engine.help === null) throw new Error('no help');
  return checkFlags(words.split(' '), facts, engine.help, nearest).map(({ level, text }) => [level, text]);
}
const ofVllm = (words: string) => said(vllm, known.vllm, words);
const ofLlama = (words: string) => said(llamacpp, known.llamacpp, words);

describe('a flag that the help does not know', () => {
  it('is an error that names the nearest', () => {
    expect(ofLlama('-m x.gguf --ctxsize 4096')).toEqual([
      ['error', '--ctxsize is no flag that its --help lists; did you mean --ctx-size?'],
    ]);
    expect(ofVllm('serve m --max-modellen 8 --zzzzzzzzzz')).toEqual([
      ['error', '--max-modellen is no flag that its --help lists; did you mean --max-model-len?'],
      ['error', '--zzzzzzzzzz is no flag that its --help lists'],
    ]);
  });

  it('names what stands for it now', () => {
    expect(ofVllm('serve m --speculative-model d --disable-log-requests')).toEqual([
      [
        'error',
        '--speculative-model is no flag that its --help lists: earlier versions had it, this one has --speculative-config',
      ],
      [
        'error',
        '--disable-log-requests is no flag that its --help lists: earlier versions had it, this one has --no-enable-log-requests',
      ],
    ]);
    expect(ofLlama('--draft 4')).toEqual([
      [
        'error',
        expect.stringMatching(
          /^--draft: its --help says: the argument has been removed\. use --spec-draft-n-max/,
        ),
      ],
    ]);
  });

  it('is looked up among the recorded ones', () => {
    const { flags } = JSON.parse(fixture('sglang/arguments.json')) as { flags: Record<string, string[]> };
    const ofSglang = Object.entries(flags).flatMap(([flag, aliases]) => [flag, ...aliases]);
    const ofHelp = known.vllm.flatMap(({ flag, aliases }) => [flag, ...aliases]);
    for (const [engine, names] of [
      [vllm, ofHelp],
      [sglang, ofSglang],
    ] as const) {
      const renamed = Object.entries(engine.help?.renamed ?? {});
      expect(renamed.length).toBeGreaterThan(3);
      expect(renamed.filter(([old]) => names.includes(old))).toEqual([]);
      expect(renamed.filter(([, now]) => !names.includes(now))).toEqual([]);
    }
  });
});

describe('what an engine reads', () => {
  it.each([
    'serve m --tensor_parallel_size 2',
    'serve m -tp 2 --speculative-config.method eagle3 --compilation-config.cudagraph_mode=NONE -O3 -O=2',
    'serve m --max-model-l 8 --allowed-origins a b --no-enable-prefix-caching',
    'serve m -- --anything-goes',
    'serve m --kv-cache-dtype fp8',
    'serve m --kv-cache-dtype=fp8_e4m3',
  ])('vLLM: %s', (words) => {
    expect(ofVllm(words)).toEqual([]);
  });

  it.each(['-m -x.gguf -t 1', '--ctx_size 8 -fa on -ctk q8_0', '--chat-template --system', '-ngl -1'])(
    'llama.cpp: %s',
    (words) => {
      expect(ofLlama(words)).toEqual([]);
    },
  );

  it('llama.cpp reads no joined value and no beginning of a flag', () => {
    expect(ofLlama('--ctx-size=4096 --metrics=1')).toEqual([
      [
        'error',
        '--ctx-size=4096 is one word, and it takes the value as a word of its own: write `--ctx-size, 4096` in `args`',
      ],
      ['error', '--metrics=1 is one word, and it takes no value: write `--metrics` in `args`'],
    ]);
    expect(ofLlama('--ctx 4096')).toEqual([['error', expect.stringContaining('--ctx is no flag')]]);
  });

  it('an unlisted value and a flag that will go are hints', () => {
    expect(ofVllm('serve m --kv-cache-dtype fp9')).toEqual([
      ['warning', expect.stringMatching(/^--kv-cache-dtype fp9: its --help lists auto, bfloat16/)],
    ]);
    expect(ofLlama('-dt 0.1')).toEqual([
      ['warning', expect.stringMatching(/^-dt: its --help says: \(?DEPRECATED/)],
    ]);
  });

  it('llama.cpp refuses a value that is none of the words in its help', () => {
    expect(ofLlama('-fa maybe --rope-scaling foo')).toEqual([
      ['error', '-fa maybe: its --help lists on, off, auto'],
      ['error', '--rope-scaling foo: its --help lists none, linear, yarn'],
    ]);
    expect(ofLlama('-fa 1 --fit disabled --log-colors -1')).toEqual([]);
    expect(ofLlama('--fit auto')).toEqual([['error', expect.any(String)]]);
    expect(ofLlama('--poll 50')).toEqual([]);
    expect(ofLlama('-ctk q9')).toEqual([['warning', expect.stringContaining('-ctk q9')]]);
    expect(ofLlama('-fa -t 1')).toEqual([['error', '-fa takes one of on, off, auto, and none is given']]);
  });

  it('of a flag given again only the last value counts', () => {
    expect(ofLlama('-t 1 -t 2')).toEqual([
      ['warning', '-t is given 2 times: the last one counts; leave the others out.'],
    ]);
    expect(ofLlama('--threads 2 -c 8 -t 1')).toEqual([
      ['warning', '--threads and -t are one flag: the last one given, -t, counts; leave the others out.'],
    ]);
    expect(ofVllm('serve m -tp 2 --tensor_parallel_size=4')).toEqual([
      ['warning', expect.stringMatching(/^-tp and --tensor_parallel_size are one flag/)],
    ]);
    expect(ofVllm('serve m --max-model-len 8 --max-model-len 9')).toHaveLength(1);
  });

  it('but not of one that gathers its values, or takes none', () => {
    expect(ofLlama('--lora a --lora b -l 1+1 -l 2+1 --metrics --metrics -ot a=b -ot c=d')).toEqual([]);
    expect(ofVllm('serve m --middleware a --middleware b --compilation-config.mode 3')).toEqual([]);
    expect(ofVllm('serve m --compilation-config.mode 3 --compilation-config.level 3')).toEqual([]);
  });

  it('says nothing without a help', () => {
    expect(said(vllm, [], 'serve m --zzz')).toEqual([]);
  });
});

describe("the engine's own part of a command line", () => {
  const help = (engine: Engine) => {
    if (engine.help === null) throw new Error('no help');
    return engine.help;
  };
  it.each<[string, Engine, string, readonly string[] | null]>([
    ['vllm', vllm, 'serve m --x', ['serve', 'm', '--x']],
    ['python3.12', vllm, '-u -m vllm.entrypoints.openai.api_server --x', ['--x']],
    ['python', sglang, '-m sglang.launch_server --x', ['--x']],
    ['python', sglang, '-m vllm.x --x', null],
    ['python', sglang, 'server.py -m sglang.launch_server', null],
    ['numactl', llamacpp, '-N0 llama-server -m x', null],
    ['llama-server-cuda', llamacpp, '-m x', ['-m', 'x']],
    ['start.sh', vllm, 'serve m', null],
  ])('of %s with %o', (program, engine, words, own) => {
    expect(engineWords(help(engine), program, words.split(' '))).toEqual(own);
  });
});
