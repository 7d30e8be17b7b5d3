import { describe, expect, it } from 'vitest';
import { fillTemplate, plainText } from '../src/config/template.ts';
import { notesOn, secretsIn, shownWithout, variablesOf, veiled } from '../src/try-secrets.ts';
import { tryYaml } from '../src/try-yaml.ts';

describe('secrets of a command line', () => {
  it.each([
    [['--api-key', 'sk-1'], 'API_KEY'],
    [['--api-key=sk-1'], 'API_KEY'],
    [['--hf-token', 'sk-1'], 'HF_TOKEN'],
    [['-hft', 'sk-1'], 'HF_TOKEN'],
    [['--ssl-keyfile-password', 'sk-1'], 'SSL_KEYFILE_PASSWORD'],
  ])('stand behind %j', (words, name) => {
    const secrets = secretsIn(['engine', ...words], {});
    expect(secrets).toMatchObject([{ name, value: 'sk-1' }]);
    expect(notesOn(secrets)).toEqual([expect.stringContaining(`set ${name} to it`)]);
  });

  it.each([
    [['--max-tokens', '64']],
    [['--eos-token', '2']],
    [['--tokenizer', 'x/y']],
    [['--api-key-file', 'keys.txt']],
    [['--api-key']],
  ])('do not stand behind %j', (words) => {
    expect(secretsIn(['engine', ...words], {})).toEqual([]);
  });

  it('are known from the variables of the shell that sound like secrets, inside a word too', () => {
    const env = { MY_TOKEN: 'abcdefgh', HOME: '/home/somebody', SHORT_KEY: 'word' };
    const words = ['engine', '--header', 'Bearer abcdefgh', '--home', '/home/somebody', 'a word'];
    const secrets = secretsIn(words, env);
    expect(secrets).toEqual([{ name: 'MY_TOKEN', value: 'abcdefgh', flag: null }]);
    expect(notesOn(secrets)).toEqual([]);
    expect(shownWithout(words.join(' '), secrets)).toContain('Bearer $MY_TOKEN --home');
  });

  it('take the name of the variable that holds them, and no name that means something else', () => {
    expect(secretsIn(['e', '--api-key', 'k1'], { VLLM_API_KEY: 'k1' })).toMatchObject([
      { name: 'VLLM_API_KEY', flag: null },
    ]);
    const two = secretsIn(['e', '--api-key', 'k1', '--api-key', 'k22'], { API_KEY: 'other' });
    expect(variablesOf(two)).toEqual({ API_KEY_2: 'k1', API_KEY_3: 'k22' });
  });

  it('come back when the template is filled, every other dollar as it was', () => {
    const words = ['e', '--api-key', 'a$b"c\\', '--also', 'x$HOME a$b"c\\ $$'];
    const secrets = secretsIn(words, {});
    const variables = variablesOf(secrets);
    const templates = words.map((word) => veiled(word, secrets));
    expect(templates.join(' ')).not.toContain('b"c');
    expect(templates.map((text) => plainText(fillTemplate(text, (name) => variables[name])))).toEqual(words);
  });

  it('are declared in the experiment and written nowhere in it', () => {
    const words = ['vllm', 'serve', '--api-key', 'sk-123'];
    const yaml = tryYaml(
      { kind: 'command', words },
      {
        model: undefined,
        maxTokens: 1,
        requests: 1,
        queries: 'q.csv',
        cwd: null,
        extraEnv: ['PASSPHRASE'],
        portFlag: '--port',
        hostFlag: '--host',
        secrets: secretsIn(words, {}),
      },
      { PASSPHRASE: 'p', HF_HOME: '/hf', VLLM_MAX_TOKENS: '9' },
    );
    expect(yaml).not.toContain('sk-123');
    for (const line of [
      `  - "\${API_KEY}"`,
      '  API_KEY: { secret: $API_KEY }',
      '  PASSPHRASE: { secret: $PASSPHRASE }',
      '  HF_HOME: $HF_HOME',
      '  VLLM_MAX_TOKENS: $VLLM_MAX_TOKENS',
    ])
      expect(yaml.split('\n')).toContain(line);
  });
});
