/** What a placeholder may do to its variable's value, in turn: `{{KEY|json|json}}`. */
const filters: Readonly<Record<string, (text: string) => string>> = {
  json: (text) => JSON.stringify(text).slice(1, -1),
  url: encodeURIComponent,
  base64: (text) => Buffer.from(text).toString('base64'),
  head: (text) => text.slice(0, text.length / 2),
  tail: (text) => text.slice(text.length / 2),
};

/** A text with `{{NAME}}` replaced by the variable of that name. @throws Error for a filter that is not there. */
export function fill(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\{\{(\w+)((?:\|\w+)*)\}\}/g, (_match, name: string, steps: string) =>
    steps
      .split('|')
      .slice(1)
      .reduce((value, step) => {
        const filter = filters[step];
        if (filter === undefined)
          throw new Error(`no filter ${step}; there are: ${Object.keys(filters).join(', ')}`);
        return filter(value);
      }, env[name] ?? ''),
  );
}
