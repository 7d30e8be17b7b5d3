import { nearest } from './nearest.ts';
import { type Place, type Problem, quote } from './problem.ts';
import { soundsSecret } from './secret-names.ts';
import { brokenReference, builtIns, references, variableOf } from './template.ts';
import { type MapNode, type Path, placeWithin, type ScalarNode, scalars, textAt } from './tree.ts';

/**
 * What is wrong with the `$VAR`s of a resolved file: one that is not set, one of bench's own where it has no
 * meaning, a `${` that never ends. With `shell:` the variables come from there, later, and are not checked here.
 */
export function checkVariables(root: MapNode, env: NodeJS.ProcessEnv): Problem[] {
  const problems: Problem[] = [];
  for (const { path, node } of scalars(root)) {
    if (path[0] === 'description' || path[0] === 'parent') continue;
    const broken = brokenReference(node.text);
    if (broken !== -1 && path.at(-1) !== 'secret') {
      const isPrivate = path[0] === 'env' && soundsSecret(String(path[1]));
      const what = `${isPrivate ? 'a `${` (not shown)' : quote(node.text.slice(broken))} is no variable`;
      problems.push({ at: placeOf(node, '${'), what, expected: '`$NAME`, or `$$` for a dollar sign' });
    }
    for (const { name } of references(node.text)) {
      const wrong = (builtIns as readonly string[]).includes(name)
        ? builtInProblem(root, path, name)
        : unsetProblem(root, path, name, env);
      if (wrong !== undefined) problems.push({ at: placeOf(node, name), ...wrong });
    }
  }
  return problems;
}

type Wrong = Omit<Problem, 'at'>;

function builtInProblem(root: MapNode, path: Path, name: string): Wrong | undefined {
  if (name === 'REPO_ROOT') return undefined;
  if (name !== 'PORT') {
    if (root.entries.has('venv')) return undefined;
    return { what: `\`$${name}\` without a venv`, expected: '`venv: FOLDER` in this file', isAbsence: true };
  }
  if (textAt(root, 'engine') === 'openai')
    return { what: '`$PORT` with engine openai', expected: 'no port: bench does not start it' };
  if (path[0] === 'args' || path[0] === 'env' || path[0] === 'cmd') return undefined;
  return {
    what: `\`$PORT\` in \`${path[0]}\``,
    expected: 'it only in `args` and `env`: the port is known when the engine starts',
  };
}

function unsetProblem(root: MapNode, path: Path, name: string, env: NodeJS.ProcessEnv): Wrong | undefined {
  if (variableOf(env, name) !== undefined || (root.entries.has('shell') && path[0] !== 'shell'))
    return undefined;
  const near = nearest(name, [...builtIns, ...Object.keys(env)]);
  const instead = near === undefined ? '' : `, or $${near}`;
  return { what: `the variable \`$${name}\` is not set`, expected: `it in the environment${instead}` };
}

/** Where a variable stands inside a value that may run over lines. */
function placeOf(node: ScalarNode, name: string): Place {
  const at = node.raw.search(name === '${' ? /\$\{(?![A-Za-z_]\w*\})/ : new RegExp(`\\$\\{?${name}(?!\\w)`));
  return at === -1 ? node.at : placeWithin(node, at);
}
