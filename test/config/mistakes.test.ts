import { describe, expect, it } from 'vitest';
import { problemsOf } from './files.ts';

const head = 'description: d\nengine: llamacpp\ncmd: ./server\n';
const custom = 'description: d\nengine: custom\ncmd: ./server\n';
const openai = 'description: d\nengine: openai\nbase_url: http://h/v1\n';
const parent = { 'p.yaml': `${head}args: [-t, "1", --flash-attn]\nenv: { HOME: /h }\n` };

/** [what is tested, the file, the lines it must give, other files of the folder] */
const mistakes: [string, string, string[], { [path: string]: string }?][] = [
  ['an unknown key', `${head}warmpu: 3\n`, ['x.yaml:4:1: unknown key `warmpu`, expected `warmup`']],
  [
    'an unknown key far from all',
    `${head}workload: { zzzzzz: 3 }\n`,
    [
      'x.yaml:4:13: unknown key `zzzzzz` in `workload`, expected one of queries, limit, rounds, max_tokens, ignore_eos, cache, sampling',
    ],
  ],
  [
    'a key that belongs into a section',
    `${head}rounds: 3\n`,
    ['x.yaml:4:1: unknown key `rounds`, expected it under `workload`'],
  ],
  [
    'an unknown key two maps down',
    `${head}workload:\n  sampling:\n    temprature: 0\n`,
    ['x.yaml:6:5: unknown key `temprature` in `workload.sampling`, expected `temperature`'],
  ],
  [
    'an unknown key inside one of two shapes',
    `${head}venv: { path: v, lok: l }\n`,
    ['x.yaml:4:18: unknown key `lok` in `venv`, expected `lock`'],
  ],
  ['a duplicate key', `${head}cmd: b\n`, ['x.yaml:4:1: duplicate key `cmd`, expected each key once']],
  [
    'a duplicate variable',
    `${head}env:\n  A: a\n  A: b\n`,
    ['x.yaml:6:3: duplicate key `A`, expected each key once'],
  ],
  [
    'a tab',
    'description: d\nworkload:\n\tlimit: 3\n',
    ['x.yaml:3:1: a tab in the indentation, expected spaces'],
  ],
  [
    'a tab after spaces',
    `${head}workload:\n  limit: 3\n \trounds: 3\n`,
    ['x.yaml:6:2: a tab in the indentation, expected spaces'],
  ],
  [
    'a text that never ends',
    'description: "d\nengine: llamacpp\n',
    ['x.yaml:1:14: a quoted text that never ends, expected a closing quote'],
  ],
  [
    'a second document',
    `${head}---\na: 1\n`,
    ['x.yaml:4:1: a second document in the file, expected one experiment'],
  ],
  [
    'an empty file',
    '',
    ['x.yaml:1:1: the file holds nothing, expected keys such as `description: ...` and `engine: ...`'],
  ],
  [
    'only a comment',
    '# nothing\n',
    ['x.yaml:1:1: the file holds nothing, expected keys such as `description: ...` and `engine: ...`'],
  ],
  [
    'a list for a file',
    '- a\n',
    ['x.yaml:1:1: the file is a list, expected keys such as `description: ...` and `engine: ...`'],
  ],
  [
    'an alias of nothing',
    `${head}args: *a\n`,
    ['x.yaml:4:7: no anchor `&a` before this alias, expected one'],
  ],
  [
    'an alias inside its anchor',
    `${head}files: &a [*a]\n`,
    [
      'x.yaml:4:11: `files` cannot be a list, expected text',
      'x.yaml:4:12: `*a` inside its own anchor, expected an alias of something outside',
    ],
  ],
  [
    'a name that objects have',
    `${head}env: { __proto__: a, A: $toString }\n`,
    [
      'x.yaml:4:8: a key named `__proto__`, expected any other name',
      'x.yaml:4:25: the variable `$toString` is not set, expected it in the environment',
    ],
  ],
  [
    'set to an empty list',
    'description: c\nparent: p.yaml\nset: { --x: [] }\n',
    ['x.yaml:3:13: `set.--x` cannot be a list, expected at least one value; `unset` drops a flag'],
    parent,
  ],
  [
    'a merge key',
    `description: d\nengine: llamacpp\ncmd: sh\nenv:\n  <<: { A: a }\n  B: b\n`,
    [
      'x.yaml:5:3: the merge key `<<`, expected the keys themselves, or `parent: FILE`: YAML merge keys are not supported',
    ],
  ],
  [
    'a tag',
    `${head}warmup: !!int 3\n`,
    ['x.yaml:4:15: the tag `tag:yaml.org,2002:int`, expected a value without a tag'],
  ],
  [
    'no description',
    'engine: llamacpp\ncmd: ./s\n',
    ['x.yaml:1:1: `description` is missing, expected one sentence that says what this experiment tries'],
  ],
  [
    'an empty description',
    'description: ""\nengine: llamacpp\ncmd: ./s\n',
    ['x.yaml:1:14: `description` cannot be "", expected one sentence that says what this experiment tries'],
  ],
  [
    'a blank description',
    'description: "  "\nengine: llamacpp\ncmd: ./s\n',
    ['x.yaml:1:14: `description` cannot be "  ", expected one sentence that says what this experiment tries'],
  ],
  [
    'a description without a value',
    'description:\nengine: llamacpp\ncmd: ./s\n',
    ['x.yaml:1:13: `description` has no value, expected one sentence that says what this experiment tries'],
  ],
  [
    'no engine',
    'description: d\ncmd: ./s\n',
    [
      'x.yaml:1:1: `engine` is missing, expected one of vllm, sglang, trtllm, llamacpp, custom, openai, trt-llm',
    ],
  ],
  [
    'an unknown engine',
    'description: d\nengine: vlm\ncmd: ./s\n',
    [
      'x.yaml:2:9: `engine` cannot be `vlm`, expected one of vllm, sglang, trtllm, llamacpp, custom, openai, trt-llm',
    ],
  ],
  [
    'no cmd',
    'description: d\nengine: vllm\n',
    ['x.yaml:1:1: `cmd` is missing, expected the command that starts the engine, or an `image`'],
  ],
  [
    'an empty cmd list',
    'description: d\nengine: vllm\ncmd: []\n',
    ['x.yaml:3:6: `cmd` cannot be a list, expected a command'],
  ],

  [
    'a boolean by the older YAML',
    `${head}args: [--x, no]\n`,
    ['x.yaml:4:13: `args` cannot be `no`, which reads as a boolean, expected text: write "no"'],
  ],
  [
    'on',
    `${head}env: { A: on }\n`,
    [
      'x.yaml:4:11: `env.A` cannot be `on`, which reads as a boolean, expected text or { secret: $VARIABLE }: write "on"',
    ],
  ],
  [
    'a boolean',
    `${head}args:\n  - --x\n  - true\n`,
    ['x.yaml:6:5: `args` cannot be `true`, which reads as a boolean, expected text: write "true"'],
  ],
  [
    'an exponent',
    `${head}args: [--x, 1e3]\n`,
    [
      'x.yaml:4:13: `args` cannot be `1e3`, which reads as a number with an exponent, expected text: write "1e3"',
    ],
  ],
  [
    'a leading zero',
    `${head}args: [--x, 08]\n`,
    ['x.yaml:4:13: `args` cannot be `08`, which reads as an octal number, expected text: write "08"'],
  ],
  [
    'an octal number',
    `${head}env: { A: 0o17 }\n`,
    [
      'x.yaml:4:11: `env.A` cannot be `0o17`, which reads as an octal number, expected text or { secret: $VARIABLE }: write "0o17"',
    ],
  ],
  [
    'a hexadecimal number',
    `${head}env: { A: 0x1F }\n`,
    [
      'x.yaml:4:11: `env.A` cannot be `0x1F`, which reads as a hexadecimal number, expected text or { secret: $VARIABLE }: write "0x1F"',
    ],
  ],
  [
    'a date',
    `${head}args: [2026-01-02]\n`,
    ['x.yaml:4:8: `args` cannot be `2026-01-02`, which reads as a date, expected text: write "2026-01-02"'],
  ],
  [
    'null',
    `${head}args: [null, ~]\n`,
    [
      'x.yaml:4:8: `args` cannot be `null`, which reads as null, expected text: write "null" in quotes if the text null is meant',
      'x.yaml:4:14: `args` cannot be `~`, which reads as null, expected text: write "~" in quotes if the text ~ is meant',
    ],
  ],
  [
    'a variable without a value',
    `${head}env:\n  A:\n  B: b\n`,
    ['x.yaml:5:5: `env.A` has no value, expected text or { secret: $VARIABLE }: write ""'],
  ],
  [
    'infinity',
    `${head}args: [.inf]\n`,
    ['x.yaml:4:8: `args` cannot be `.inf`, which reads as a number, expected text: write ".inf"'],
  ],
  [
    'a map among the arguments',
    `${head}args: [{ a: b }]\n`,
    ['x.yaml:4:8: `args` cannot be a map, expected text'],
  ],
  [
    'arguments that are no list',
    `${head}args: --x 3\n`,
    ['x.yaml:4:7: `args` cannot be `--x 3`, expected a list of words'],
  ],
  [
    'a number in a number with an exponent',
    `${head}workload: { limit: 1e3 }\n`,
    [
      'x.yaml:4:20: `workload.limit` cannot be `1e3`, which reads as a number with an exponent, expected a whole number from 1 to 1000000',
    ],
  ],
  [
    'a number with a leading zero',
    `${head}warmup: 08\n`,
    [
      'x.yaml:4:9: `warmup` cannot be `08`, which reads as an octal number, expected a whole number from 0 to 1000',
    ],
  ],
  [
    'a quoted number',
    `${head}warmup: "3"\n`,
    ['x.yaml:4:9: `warmup` cannot be `3`, expected a whole number from 0 to 1000'],
  ],
  [
    'a half',
    `${head}warmup: 2.5\n`,
    ['x.yaml:4:9: `warmup` is `2.5`, expected a whole number from 0 to 1000'],
  ],
  [
    'no for false',
    `${head}keep_outputs: no\n`,
    ['x.yaml:4:15: `keep_outputs` cannot be `no`, which reads as a boolean, expected true or false'],
  ],
  [
    'a number for a text',
    `${head}model: 7\n`,
    [
      'x.yaml:4:8: `model` cannot be `7`, which reads as a number, expected the id that requests use: write "7"',
    ],
  ],
  ['a NUL', `${head}args: ["a\\0b"]\n`, ['x.yaml:4:8: `args` cannot be `a\0b`, expected text without NUL']],

  [
    'rounds below 1',
    `${head}workload: { rounds: 0 }\n`,
    ['x.yaml:4:21: `workload.rounds` is `0`, expected a whole number from 1 to 1000'],
  ],
  [
    'a negative limit',
    `${head}workload: { limit: -1 }\n`,
    ['x.yaml:4:20: `workload.limit` is `-1`, expected a whole number from 1 to 1000000'],
  ],
  [
    'launches below 1',
    `${head}launches: 0\n`,
    ['x.yaml:4:11: `launches` is `0`, expected a whole number from 1 to 1000'],
  ],
  [
    'top_p above 1',
    `${head}workload: { sampling: { top_p: 1.5 } }\n`,
    ['x.yaml:4:32: `workload.sampling.top_p` is `1.5`, expected a number from 0 to 1'],
  ],
  [
    'a duration without a unit',
    `${head}ready_timeout: 15\n`,
    [
      'x.yaml:4:16: `ready_timeout` cannot be `15`, which reads as a number, expected a duration from 1ms to 480h such as 20m, 15s or 500ms',
    ],
  ],
  [
    'a duration of nothing',
    `${head}stop_grace: 0s\n`,
    [
      'x.yaml:4:13: `stop_grace` cannot be `0s`, expected a duration from 1ms to 480h such as 20m, 15s or 500ms',
    ],
  ],
  [
    'a duration longer than a timer',
    `${head}ready_timeout: 500h\n`,
    [
      'x.yaml:4:16: `ready_timeout` cannot be `500h`, expected a duration from 1ms to 480h such as 20m, 15s or 500ms',
    ],
  ],
  [
    'a percentage without its sign',
    `${head}judge: { min_effect: 1 }\n`,
    [
      'x.yaml:4:22: `judge.min_effect` cannot be `1`, which reads as a number, expected a percentage from 0% to 100% such as 5%',
    ],
  ],
  [
    'an unknown metric',
    `${head}judge: { metric: tok_s }\n`,
    [
      'x.yaml:4:18: `judge.metric` cannot be `tok_s`, expected one of decode_tok_s, ttft_ms, ttfat_ms, tpot_ms, itl_ms, e2e_ms, e2e_tok_s',
    ],
  ],
  [
    'an unknown cache policy',
    `${head}workload: { cache: hot }\n`,
    ['x.yaml:4:20: `workload.cache` cannot be `hot`, expected one of cold, warm'],
  ],
  [
    'a list for a map',
    `${head}workload: [a]\n`,
    [
      'x.yaml:4:11: `workload` cannot be a list, expected a map such as { queries: queries/queries.csv, limit: 50 }',
    ],
  ],
  [
    'a variable with a bad name',
    `${head}env: { A-B: x }\n`,
    ['x.yaml:4:8: the name `A-B` in `env`, expected a variable name of letters, digits and _'],
  ],
  [
    'a prepare step without a command',
    `${head}prepare: [{ makes: m }]\n`,
    ['x.yaml:4:11: `prepare.run` is missing, expected a list of words'],
  ],
  [
    'an unknown recall task',
    `${head}recall: { task: qa99, contexts: [4k] }\n`,
    ['x.yaml:4:17: `recall.task` cannot be `qa99`, expected one of qa1, qa2, qa3, qa4, qa5'],
  ],

  [
    'a variable that is not set',
    `${head}env:\n  A: a\n  B: x/$NOPE/y\n`,
    ['x.yaml:6:8: the variable `$NOPE` is not set, expected it in the environment'],
  ],
  [
    'a slip in a variable',
    `${head}env: { P: "\${SETT}" }\n`,
    ['x.yaml:4:12: the variable `$SETT` is not set, expected it in the environment, or $SET'],
  ],
  [
    'a variable in a block scalar',
    `${head}args:\n  - |\n    one\n    é two $NOPE\n`,
    ['x.yaml:7:11: the variable `$NOPE` is not set, expected it in the environment'],
  ],
  [
    'a brace that never closes',
    `${head}args: ["a\${b"]\n`,
    ['x.yaml:4:10: `${b` is no variable, expected `$NAME`, or `$$` for a dollar sign'],
  ],
  [
    'VENV without a venv',
    `${head}env: { A: $VENV/bin }\n`,
    ['x.yaml:4:11: `$VENV` without a venv, expected `venv: FOLDER` in this file'],
  ],
  [
    'SITE_PACKAGES without a venv',
    'description: d\nengine: vllm\ncmd: $SITE_PACKAGES/x\n',
    ['x.yaml:3:6: `$SITE_PACKAGES` without a venv, expected `venv: FOLDER` in this file'],
  ],
  [
    'PORT where it is not known',
    `${head}cwd: $PORT\n`,
    [
      'x.yaml:4:6: `$PORT` in `cwd`, expected it only in `args` and `env`: the port is known when the engine starts',
    ],
  ],
  [
    'a secret that is no variable',
    `${head}env: { A: { secret: hunter2 } }\n`,
    [
      'x.yaml:4:21: `env.A.secret` holds something else (not shown), expected a variable such as $HF_TOKEN: the value itself does not belong in the file',
    ],
  ],
  [
    'a slip in `secret`, alone',
    `${head}env: { A: { secrt: $SET } }\n`,
    ['x.yaml:4:13: unknown key `secrt` in `env.A`, expected `secret`'],
  ],
  [
    'a slip in the key of a server',
    `${openai}api_key: { secrt: $SET }\n`,
    ['x.yaml:4:12: unknown key `secrt` in `api_key`, expected `secret`'],
  ],
  [
    'a secret that is not set',
    `${head}env: { A: { secret: $NOPE } }\n`,
    ['x.yaml:4:21: the variable `$NOPE` is not set, expected it in the environment'],
  ],
  [
    'a key in clear',
    `${openai}api_key: sk-12345\n`,
    ['x.yaml:4:10: `api_key` holds something else (not shown), expected { secret: $VARIABLE }'],
  ],
  [
    'a token in clear that is taken for a number',
    `${head}env: { HF_TOKEN: 0x12345678 }\n`,
    ['x.yaml:4:18: `env.HF_TOKEN` holds something else (not shown), expected text or { secret: $VARIABLE }'],
  ],
  [
    'a password in clear that is no YAML',
    `${head}env: { DB_PASSWORD: @hunter2 }\n`,
    ['x.yaml:4:21: a line that cannot be read (not shown), expected valid YAML'],
  ],
  [
    'a password in clear that is taken for a tag',
    `${head}env: { DB_PASSWORD: !hunter2 }\n`,
    ['x.yaml:4:30: the tag (not shown), expected a value without a tag'],
  ],
  [
    'a password in clear that is taken for an alias',
    `${head}env:\n  DB_PASSWORD: *hunter2\n`,
    ['x.yaml:5:16: no anchor (not shown) before this alias, expected one'],
  ],
  [
    'a password in clear that is taken for a variable',
    `${head}env: { DB_PASSWORD: "\${hunter 2" }\n`,
    ['x.yaml:4:22: a `${` (not shown) is no variable, expected `$NAME`, or `$$` for a dollar sign'],
  ],
  [
    'a password in a URL',
    `description: d\nengine: openai\nbase_url: http://u:hunter2@h/v1\n`,
    [
      'x.yaml:3:11: `base_url` holds something else (not shown), expected a URL such as https://host/v1, without password and query: a key goes under `api_key`',
    ],
  ],
  [
    'the value of a secret where it does not belong',
    `${head}env: { A: { secret: $LONG } }\nlaunches: hunter2hunter2\n`,
    ['x.yaml:5:11: `launches` cannot be `(secret)`, expected a whole number from 1 to 1000'],
  ],

  [
    'a host',
    `${head}args: [-t, "1", --host, 0.0.0.0]\n`,
    ['x.yaml:4:17: `--host 0.0.0.0` in `args`, expected it left out: bench adds host and port'],
  ],
  [
    'a port in one word',
    `${head}args: [--port=8080]\n`,
    ['x.yaml:4:8: `--port=8080` in `args`, expected it left out: bench adds host and port'],
  ],
  [
    'a host in the words of cmd',
    'description: d\nengine: vllm\ncmd: [vllm, --host=0]\n',
    ['x.yaml:3:13: `--host=0` in `args`, expected it left out: bench adds host and port'],
  ],
  [
    'a port in set',
    'description: c\nparent: p.yaml\nset: { --port: 80 }\n',
    ['x.yaml:3:8: `--port 80` in `args`, expected it left out: bench adds host and port'],
    parent,
  ],
  [
    "a custom engine's own port flag",
    `${custom}port_flag: --listen\nargs: [--listen, "80"]\n`,
    ['x.yaml:5:8: `--listen 80` in `args`, expected it left out: bench adds host and port'],
  ],
  [
    'a tag without a digest',
    'description: d\nengine: vllm\nimage: vllm/vllm-openai:v0.9\n',
    [
      'x.yaml:3:8: the image `vllm/vllm-openai:v0.9` has no digest, so it can be another one tomorrow, expected the line `image: vllm/vllm-openai:v0.9@sha256:<64 hex digits>`, which `bench config pin x.yaml` finds and writes',
    ],
  ],
  [
    'a registry with a port and no digest',
    'description: d\nengine: vllm\nimage: reg:5000/a/b\n',
    [
      'x.yaml:3:8: the image `reg:5000/a/b` has no digest, so it can be another one tomorrow, expected the line `image: reg:5000/a/b@sha256:<64 hex digits>`, which `bench config pin x.yaml` finds and writes',
    ],
  ],
  [
    'a digest that is too short',
    'description: d\nengine: vllm\nimage: a@sha256:12\n',
    [
      'x.yaml:3:8: the image `a@sha256:12` has no digest, so it can be another one tomorrow, expected the line `image: a@sha256:<64 hex digits>`, which `bench config pin x.yaml` finds and writes',
    ],
  ],
  [
    'cmd beside image',
    `${head}image: a@sha256:${'0'.repeat(64)}\n`,
    ['x.yaml:3:1: `cmd` beside `image`, expected one of them: the image has its own command'],
  ],
  [
    'container without image',
    `${head}container: { gpus: all }\n`,
    ['x.yaml:4:1: `container` without `image`, expected `image: name@sha256:digest`'],
  ],
  [
    'a size without a unit',
    `${head}container: { shm: 16 }\n`,
    [
      'x.yaml:4:1: `container` without `image`, expected `image: name@sha256:digest`',
      'x.yaml:4:19: `container.shm` cannot be `16`, which reads as a number, expected a size such as 16g or 512m',
    ],
  ],
  [
    'cmd with openai',
    `${openai}cmd: x\nargs: [a]\n`,
    [
      'x.yaml:4:1: `cmd` with engine openai, expected only base_url, api_key and model: bench neither starts nor stops it',
      'x.yaml:5:1: `args` with engine openai, expected only base_url, api_key and model: bench neither starts nor stops it',
    ],
  ],
  [
    'openai without a URL',
    'description: d\nengine: openai\n',
    ['x.yaml:1:1: `base_url` is missing, expected where the server runs, such as https://host/v1'],
  ],
  [
    'base_url elsewhere',
    `${head}base_url: http://h/v1\n`,
    ['x.yaml:4:1: `base_url` with engine llamacpp, expected it only with engine openai'],
  ],
  [
    'port_flag elsewhere',
    `${head}port_flag: --p\n`,
    ['x.yaml:4:1: `port_flag` with engine llamacpp, expected it only with engine custom'],
  ],
  [
    'ready elsewhere',
    `${head}ready: /h\n`,
    ['x.yaml:4:1: `ready` with engine llamacpp, expected it only with engine custom'],
  ],
  [
    'ready that is no path',
    `${custom}ready: health\n`,
    ['x.yaml:4:8: `ready` cannot be `health`, expected a path such as /health'],
  ],
  [
    'a cold cache TensorRT-LLM cannot have',
    'description: d\nengine: trt-llm\ncmd: x\nworkload: { cache: cold }\n',
    [
      'x.yaml:4:20: `cache: cold` while TensorRT-LLM reuses blocks, expected `kv_cache_config: { enable_block_reuse: false }` in a file named under `files`, or `cache: warm`',
    ],
  ],

  [
    'a missing parent',
    'description: c\nparent: gone.yaml\n',
    ['x.yaml:2:9: there is no file `gone.yaml`, expected an experiment file'],
  ],
  [
    'a missing parent and a slip',
    'description: c\nparent: gone.yaml\nwarmup: x\n',
    [
      'x.yaml:2:9: there is no file `gone.yaml`, expected an experiment file',
      'x.yaml:3:9: `warmup` cannot be `x`, expected a whole number from 0 to 1000',
    ],
  ],
  [
    'a circle',
    'description: c\nparent: p.yaml\n',
    [
      'p.yaml:1:9: the parent `x.yaml` closes a circle: x.yaml -> p.yaml -> x.yaml, expected a file that does not inherit from this one',
    ],
    { 'p.yaml': 'parent: x.yaml\n' },
  ],
  [
    'a file that is its own parent',
    'description: c\nparent: ./x.yaml\n',
    [
      'x.yaml:2:9: the parent `./x.yaml` closes a circle: x.yaml -> x.yaml, expected a file that does not inherit from this one',
    ],
  ],
  [
    'a slip in the parent',
    'description: c\nparent: p.yaml\n',
    [
      'x.yaml:1:1: `engine` is missing, expected one of vllm, sglang, trtllm, llamacpp, custom, openai, trt-llm',
      'p.yaml:2:1: unknown key `egine`, expected `engine`',
    ],
    { 'p.yaml': 'cmd: s\negine: llamacpp\n' },
  ],
  [
    'missing queries',
    `${head}workload: { queries: q.csv }\n`,
    ['x.yaml:4:22: there is no file `q.csv` under ROOT, expected a queries file that exists'],
  ],
  [
    'a folder for queries',
    `${head}workload: { queries: d }\n`,
    ['x.yaml:4:22: `d` is not a regular file, expected a queries file that exists'],
    { 'd/a': '' },
  ],
  [
    'a missing cwd, and nothing about what would be inside',
    `${head}cwd: nowhere\nargs: [-m, a.gguf]\n`,
    ['x.yaml:4:6: there is no folder `nowhere` under ROOT, expected a folder that exists'],
  ],
  [
    'a file for cwd',
    `${head.replace('./server', 'sh')}cwd: server\n`,
    ['x.yaml:4:6: `server` is not a folder, expected a folder that exists'],
  ],
  [
    'a missing venv without a lock',
    `${head}venv: { path: gone }\n`,
    [
      'x.yaml:4:15: there is no folder `gone` under ROOT, expected a venv that exists, or a `lock` to make it from',
    ],
  ],
  [
    'a missing model, in both forms and every role',
    `${head}cwd: d\nargs:\n  - -m\n  - no.gguf\n  - --mmproj=no.gguf\n  - -md\n  - /no/d.gguf\n  - --lora\n  - a.gguf,b.gguf\n`,
    [
      'x.yaml:3:6: there is no file `./server` under ROOT/d, expected a command that exists',
      'x.yaml:7:5: there is no file `no.gguf` under ROOT/d, expected a model file that exists',
      'x.yaml:8:5: there is no file `no.gguf` under ROOT/d, expected a model file that exists',
      'x.yaml:10:5: there is no file `/no/d.gguf`, expected a model file that exists',
      'x.yaml:12:5: there is no file `b.gguf` under ROOT/d, expected a model file that exists',
    ],
    { 'd/a.gguf': '' },
  ],
  [
    'a missing model of the parent',
    'description: c\nparent: p.yaml\n',
    ['p.yaml:4:12: there is no file `a.gguf` under ROOT, expected a model file that exists'],
    { 'p.yaml': `${head}args: [-m, a.gguf]\n` },
  ],
  [
    'a missing command in a list',
    'description: d\nengine: vllm\ncmd: [bin/vllm, serve]\n',
    ['x.yaml:3:7: there is no file `bin/vllm` under ROOT, expected a command that exists'],
  ],
  [
    'a missing lock',
    `${head}venv:\n  path: v\n  lock: l.txt\n`,
    ['x.yaml:6:9: there is no file `l.txt` under ROOT, expected a lock file that exists'],
  ],
  [
    'a missing file',
    `${head}files: [a.yaml, $REPO_ROOT/b.yaml]\n`,
    ['x.yaml:4:17: there is no file `$REPO_ROOT/b.yaml` under ROOT, expected a file that exists'],
    { 'a.yaml': '' },
  ],

  [
    'set without a parent',
    `${head}set: { -t: 1 }\n`,
    ['x.yaml:4:1: `set` in a file without a parent, expected `parent: FILE`, or the flags in `args`'],
  ],
  [
    'args beside set',
    'description: c\nparent: p.yaml\nargs: [a]\nset: { -t: 1 }\nunset: [-t]\n',
    [
      'x.yaml:4:1: `set` beside `args`, expected one of them: `args` replaces all that was inherited',
      'x.yaml:5:1: `unset` beside `args`, expected one of them: `args` replaces all that was inherited',
    ],
    parent,
  ],
  [
    'unset of what is not there',
    'description: c\nparent: p.yaml\nunset: [--flash-atn, HOM]\n',
    [
      'x.yaml:3:9: `--flash-atn` in `unset` is not there to drop, expected `--flash-attn`',
      'x.yaml:3:22: `HOM` in `unset` is not there to drop, expected `HOME`',
    ],
    parent,
  ],
  [
    'set of a variable',
    'description: c\nparent: p.yaml\nset: { HOME: /x }\n',
    [
      'x.yaml:3:8: the name `HOME` in `set`, expected a flag such as --kv-cache-dtype; variables go under `env`',
    ],
    parent,
  ],
  [
    'set to false',
    'description: c\nparent: p.yaml\nset: { --flash-attn: false }\n',
    [
      'x.yaml:3:22: `set.--flash-attn` cannot be `false`, which reads as a boolean, expected a value, a list to repeat the flag, or true for a flag alone: write "false"',
    ],
    parent,
  ],
  [
    'set to yes',
    'description: c\nparent: p.yaml\nset: { --x: yes }\n',
    [
      'x.yaml:3:13: `set.--x` cannot be `yes`, which reads as a boolean, expected a value, a list to repeat the flag, or true for a flag alone: write "yes"',
    ],
    parent,
  ],
  [
    'the same flag in set and unset',
    'description: c\nparent: p.yaml\nset: { -t: 2 }\nunset: [--flash-attn, -t]\n',
    ['x.yaml:4:23: `-t` in both `set` and `unset`, expected it in one of them: a flag is changed or dropped'],
    parent,
  ],
  [
    'a parent outside the repository',
    'description: c\nparent: ../p.yaml\n',
    [
      'x.yaml:2:9: the parent `../p.yaml` is outside the repository, expected a file in the same repository, so that the commit holds it',
    ],
  ],
  [
    'a parent that is no map, which is not shown',
    'description: c\nparent: p.yaml\n',
    ['p.yaml:1:1: the file holds one text, expected keys such as `description: ...` and `engine: ...`'],
    { 'p.yaml': 'hunter2hunter2\n' },
  ],
  [
    'set of a flag that may have two values',
    'description: c\nparent: p.yaml\nset: { --names: c }\n',
    [
      'x.yaml:3:8: `--names` is followed by `a b`, which may or may not be its values, expected the whole `args` here, or the parent to write --flag=value',
    ],
    { 'p.yaml': `${head}args: [--names, a, b]\n` },
  ],
];

describe('a mistake', () => {
  it.each(mistakes)('%s', async (_, text, expected, others) => {
    const lines = await problemsOf({ ...others, 'x.yaml': text }, { SET: 'set', LONG: 'hunter2hunter2' });
    const known = lines.map((line) => line.replace(/under \S*\/bench-config-\w+/, 'under ROOT'));
    expect(known).toEqual(expected);
  });

  it('stands among all others of the file, in order', async () => {
    const text =
      'egine: x\ndescription: ""\nargs: [08, --host, a]\nenv: { A: $NOPE }\nworkload: { queries: q.csv, limit: 0 }\n';
    const places = (await problemsOf({ 'x.yaml': text })).map((line) => line.split(' ', 1)[0]);
    expect(places).toEqual([
      'x.yaml:1:1:',
      'x.yaml:1:1:',
      'x.yaml:1:1:',
      'x.yaml:2:14:',
      'x.yaml:3:8:',
      'x.yaml:3:12:',
      'x.yaml:4:11:',
      'x.yaml:5:22:',
      'x.yaml:5:36:',
    ]);
  });

  it('is found at the right place after CRLF, a BOM, multi-line texts and emoji', async () => {
    const text =
      '\uFEFFdescription: >\r\n  one\r\n\r\n  two\r\nengine: llamacpp\r\ncmd: "a\r\n  b"\r\nargs: [😀é, 08]\r\nwarmpu: 1\r\n';
    expect((await problemsOf({ 'x.yaml': text })).map((line) => line.split(' ', 1)[0])).toEqual([
      'x.yaml:8:12:',
      'x.yaml:9:1:',
    ]);
  });

  it('of encoding is a line and a column', async () => {
    const bytes = Buffer.concat([Buffer.from('description: d\nengine: é'), Buffer.from([0xff, 0x0a])]);
    expect(await problemsOf({ 'x.yaml': bytes })).toEqual([
      'x.yaml:2:10: bytes that are not UTF-8, expected a UTF-8 file',
    ]);
  });

  it('of a missing file says which', async () => {
    expect(await problemsOf({})).toEqual([
      'x.yaml:1:1: there is no file `x.yaml`, expected an experiment file',
    ]);
  });

  it('does not take a growing alias for an experiment', async () => {
    const lines = Array.from({ length: 30 }, (_, n) => `  A${n + 1}: &a${n + 1} [*a${n}, *a${n}]`);
    const text = `${head}env:\n  A0: &a0 [x]\n${lines.join('\n')}\n`;
    expect((await problemsOf({ 'x.yaml': text })).length).toBeGreaterThan(0);
  });
});
