/** A variable inside a text: `$NAME` or `${NAME}`. */
export interface Reference {
  readonly name: string;
  /** Index of its `$`. */
  readonly index: number;
}

/** Variables that bench knows itself, once it does. */
export const builtIns = ['VENV', 'SITE_PACKAGES', 'PORT', 'REPO_ROOT'] as const;

/** Fresh each time: a shared global expression would remember where it stopped. */
const pattern = () => /\$(?:\$|\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g;

/** The variables of a template; `$$` stands for one `$` and is none. */
export function references(template: string): Reference[] {
  return [...template.matchAll(pattern())].flatMap((match) => {
    const name = match[1] ?? match[2];
    return name === undefined ? [] : [{ name, index: match.index }];
  });
}

/** Index of a `${` that no variable name and brace follow; -1 when all are well formed. */
export function brokenReference(template: string): number {
  const blanked = template.replaceAll(pattern(), (match) => ' '.repeat(match.length));
  return blanked.indexOf('${');
}

/**
 * The template with the variables that `lookup` knows filled in; a `$` of a value is written `$$`, so that the
 * result is a template again and no later pass mistakes it for a variable.
 */
export function fillTemplate(template: string, lookup: (name: string) => string | undefined): string {
  return template.replaceAll(pattern(), (match, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    return name === undefined ? match : (lookup(name)?.replaceAll('$', '$$$$') ?? match);
  });
}

/** A variable of an environment; what every object inherits, such as `toString`, is none. */
export function variableOf(
  env: { readonly [name: string]: string | undefined },
  name: string,
): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

/** The text that a template without variables stands for. */
export function plainText(template: string): string {
  return template.replaceAll('$$', '$');
}

/** The same template with every variable written `${NAME}`. */
export function canonicalTemplate(template: string): string {
  return template.replaceAll(pattern(), (match, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    return name === undefined ? match : `\${${name}}`;
  });
}
