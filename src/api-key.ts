import type { Headers } from './measure/request.ts';

const keyFlag = /^--api[-_]key(?:=(.*))?$/s;

/**
 * What every request to an engine must carry that its own arguments give an API key: none of them does without.
 * @param args filled; the last key counts, and of several in one (`a,b`, as llama.cpp takes them) the first.
 */
export function keyHeaders(engine: string, args: readonly string[]): Headers {
  const keys = args.flatMap((word, at) => {
    const match = keyFlag.exec(word);
    return match === null ? [] : [match[1] ?? args[at + 1] ?? ''];
  });
  const last = keys.at(-1) ?? '';
  const key = engine === 'llamacpp' ? (last.split(',')[0] ?? '') : last;
  return key === '' ? {} : { authorization: `Bearer ${key}` };
}
