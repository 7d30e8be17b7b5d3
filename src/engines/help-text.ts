import type { FlagFact } from './engine.ts';

/**
 * The flags a `--help` declares, whether argparse (vLLM, SGLang), click (trtllm-serve) or llama.cpp wrote it: an
 * entry is a line that begins with a dash, at most eight spaces in; what follows further in describes it.
 */
export function parseHelpText(text: string): FlagFact[] {
  const entries: string[][] = [];
  for (const line of text.split(/\r?\n/)) {
    if (/^ {0,8}--?[A-Za-z]/.test(line)) entries.push([line]);
    else if (/^\s{9,}\S/.test(line)) entries.at(-1)?.push(line);
    else if (line.trim() !== '') entries.push([]);
  }
  return entries.flatMap((entry) => (entry.length === 0 ? [] : factOf(entry)));
}

function factOf([first = '', ...rest]: readonly string[]): FlagFact[] {
  const line = first.trim().replace(/,\s+(?=-)/g, ', ');
  const [declared = '', ...described] = line.split(/\s{2,}/);
  const description = [...described, ...rest.map((more) => more.trim())].join(' ');
  const names = declared
    .split(/, (?=-)/)
    .map((part) => /^(--?[A-Za-z][\w.-]*)(?:[ =](?!\S+ --\S+\.)([^'"].*))?$/.exec(part));
  const flags = names.flatMap((found) => found?.[1] ?? []);
  const value = names.flatMap((found) => found?.[2] ?? []).at(0) ?? null;
  const flag = longest(flags);
  if (flag === undefined) return [];
  return [
    {
      flag,
      aliases: flags.filter((name) => name !== flag),
      takesValue: value !== null,
      choices: choicesOf(value) ?? allowed(description),
      defaultValue: defaultOf(description),
      ...(isClosed(value) ? { isClosed: true } : {}),
      ...(takesMany(value, description) ? { takesMany: true } : {}),
      ...gone(description),
    },
  ];
}

/** What the help says of a flag that is no longer what it was. */
function gone(description: string): Pick<FlagFact, 'removed' | 'deprecated'> {
  const removed = /the argument has been removed\.[^(]*/i.exec(description)?.[0];
  if (removed !== undefined) return { removed: removed.trim() };
  const deprecated = /(?:\bis |^\W*)deprecated\b[^.;]*|\(deprecated\)/i.exec(description)?.[0];
  return deprecated === undefined ? {} : { deprecated: deprecated.trim() };
}

/** The name to call it by: a long one, and not the one that turns it off. */
function longest(flags: readonly string[]): string | undefined {
  const long = flags.filter((flag) => flag.startsWith('--'));
  const positive = long.filter((flag) => !flag.startsWith('--no-'));
  const candidates = positive.length > 0 ? positive : long.length > 0 ? long : flags;
  return candidates.toSorted((a, b) => b.length - a.length)[0];
}

/** `{a,b}` of argparse, `[a|b]` of click and llama.cpp, `<0|1>`. */
function choicesOf(value: string | null): string[] | null {
  const inBraces = /^\{([^{}]+)\}/.exec(value ?? '')?.[1];
  if (inBraces !== undefined) return inBraces.split(',').map((choice) => choice.trim());
  const inBars = /^[[<]([\w.+-]+(?:\|[\w.+-]+)+)[\]>]$/.exec(value ?? '')?.[1];
  return inBars?.split('|') ?? null;
}

/** Only words in `[a|b]` or `{a,b}`: a capital or a digit at the beginning stands for something else, as in `[all|N]`. */
function isClosed(value: string | null): boolean {
  return /^(?:\[[a-z][\w+-]*(?:\|[a-z][\w+-]*)+\]|\{[a-z][\w+-]*(?:,[a-z][\w+-]*)+\})$/.test(value ?? '');
}

/** `A [A ...]` and an empty list of argparse, `N0,N1,...` of llama.cpp, or in words. */
function takesMany(value: string | null, description: string): boolean {
  if (value === null) return false;
  const isList = /[ ,]/.test(value.replace(/^\{[^{}]*\}(?: or .*)?/, '')) || value.includes('..');
  return (
    isList ||
    /^[[{]/.test(defaultOf(description) ?? '') ||
    /comma-separated|\bmultiple (?!of\b)|more than once|several times/i.test(description)
  );
}

/** llama.cpp lists some choices in the description. */
function allowed(description: string): string[] | null {
  const list = /\ballowed values: ([\w.+-]+(?:, [\w.+-]+)+)/.exec(description)?.[1];
  return list?.split(', ') ?? null;
}

function defaultOf(description: string): string | null {
  const told =
    /[([,] ?default: ?(\[[^\]]*\]|\{[^{}]*\}|\w+\((?:[^()]|\([^()]*\))*\)|"[^"]*"|'[^']*'|[^,)\]]*)/i.exec(
      description,
    )?.[1];
  return told === undefined ? null : told.trim().replace(/^(['"])(.*)\1$/, '$2');
}
