import { fillTemplate, plainText, references, variableOf } from './template.ts';
import { type MapNode, scalars } from './tree.ts';

/** What stands for a secret where an experiment is shown. */
export const hidden = '(secret)';

/** Inside longer texts only secrets of at least this length are hidden: shorter ones would hit ordinary words. */
const shortestInside = 4;

/** Takes these values out of a text, the longest first. */
export function hiding(secrets: readonly string[]): (text: string) => string {
  const inside = secrets
    .filter((secret) => secret.length >= shortestInside)
    .sort((a, b) => b.length - a.length);
  return (text) =>
    text !== '' && secrets.includes(text)
      ? hidden
      : inside.reduce((shown, secret) => shown.replaceAll(secret, hidden), text);
}

/** The values of a file's secrets as far as the environment has them, also when the file is wrong elsewhere. */
export function secretsNamed(root: MapNode, env: NodeJS.ProcessEnv): string[] {
  return [...scalars(root)].flatMap(({ path, node }) => {
    if (path.at(-1) !== 'secret' || (path[0] !== 'env' && path[0] !== 'api_key')) return [];
    const filled = fillTemplate(node.text, (name) => variableOf(env, name));
    return references(filled).length > 0 ? [] : [plainText(filled)];
  });
}
