import { soundsSecret } from './config/secret-names.ts';

/** A secret among the words of a command, or in a URL, and the variable that stands for it in the experiment. */
export interface NamedSecret {
  readonly name: string;
  readonly value: string;
  /** The flag it came behind, when no variable of the shell holds it. */
  readonly flag: string | null;
}

/** Flags whose value is a secret: `--api-key`, `--hf-token`, llama.cpp's `-hft`; not `--eos-token`. */
const secretFlag =
  /^(?:-hft|--?(?:[\w-]*-)?(?:api-?key|auth-?key|secret|password|passwd)|--(?:[\w-]*-)?(?:hf|hub|api|auth|access|bearer)-?token|--token)$/i;

/** A shorter value of a variable may be an ordinary word. */
const shortestKnown = 8;

/**
 * The secrets in the words: values of flags that take one, and of the shell's variables whose name sounds like one.
 * Each has the name of the variable that holds it, or one made of its flag that the shell does not have. Longest first.
 */
export function secretsIn(words: readonly string[], env: NodeJS.ProcessEnv): NamedSecret[] {
  const found = new Map<string, NamedSecret>();
  for (const [name, value] of Object.entries(env).sort()) {
    if (value === undefined || value.trim() !== value || value.length < shortestKnown) continue;
    if (!/^[A-Za-z_]\w*$/.test(name) || !soundsSecret(name) || found.has(value)) continue;
    if (words.some((word) => word.includes(value))) found.set(value, { name, value, flag: null });
  }
  for (const { flag, value } of valuesOfFlags(words)) {
    if (value === '' || found.has(value)) continue;
    const holder = Object.keys(env).find((name) => soundsSecret(name) && env[name] === value);
    const taken = { ...env, ...Object.fromEntries([...found.values()].map(({ name }) => [name, ''])) };
    found.set(value, {
      name: holder ?? freeName(flag, taken),
      value,
      flag: holder === undefined ? flag : null,
    });
  }
  return [...found.values()].sort((a, b) => b.value.length - a.value.length);
}

/** What to tell about those that the shell has no variable for. */
export function notesOn(secrets: readonly NamedSecret[]): string[] {
  return secrets.flatMap(({ flag, name }) =>
    flag === null
      ? []
      : [`the value of ${flag} is left out of the experiment: set ${name} to it before \`bench run\``],
  );
}

/** The variables that the experiment takes them from. */
export function variablesOf(secrets: readonly NamedSecret[]): Record<string, string> {
  return Object.fromEntries(secrets.map(({ name, value }) => [name, value]));
}

/** A text for people, with `$NAME` where a secret stood. */
export function shownWithout(text: string, secrets: readonly NamedSecret[]): string {
  return secrets.reduce((shown, { name, value }) => shown.replaceAll(value, () => `$${name}`), text);
}

/** A text as a template: secrets stand as `${NAME}`, every other `$` is doubled. */
export function veiled(text: string, secrets: readonly NamedSecret[]): string {
  const [first, ...others] = secrets;
  if (first === undefined) return text.replaceAll('$', '$$$$');
  const reference = `\${${first.name}}`;
  return text
    .split(first.value)
    .map((part) => veiled(part, others))
    .join(reference);
}

function valuesOfFlags(words: readonly string[]): { flag: string; value: string }[] {
  return words.flatMap((word, at) => {
    const equals = word.indexOf('=');
    const flag = equals === -1 ? word : word.slice(0, equals);
    if (!secretFlag.test(flag)) return [];
    return [{ flag, value: equals === -1 ? (words[at + 1] ?? '') : word.slice(equals + 1) }];
  });
}

/** `--api-key` -> `API_KEY`, or `API_KEY_2` where the shell has another one. */
function freeName(flag: string, taken: NodeJS.ProcessEnv): string {
  const name = flag === '-hft' ? 'HF_TOKEN' : flag.replace(/^-+/, '').replaceAll('-', '_').toUpperCase();
  if (!Object.hasOwn(taken, name)) return name;
  for (let number = 2; ; number += 1) {
    if (!Object.hasOwn(taken, `${name}_${number}`)) return `${name}_${number}`;
  }
}
