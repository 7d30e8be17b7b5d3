import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Experiment } from './config/experiment.ts';
import type { FileTexts } from './config/knobs.ts';

/** A larger file is no configuration. */
const mostBytes = 1 << 20;

/**
 * Texts of the JSON and YAML files that an experiment's `files:` and arguments name, by the path it gives: each of their keys is a
 * knob. Files that are not there yet, or cannot be read, are passed over.
 */
export function fileTexts({ files, args, cwd }: Experiment, root: string): FileTexts {
  const words = args.map((word) => (word.startsWith('-') ? word.slice(word.indexOf('=') + 1) : word));
  const named = [...files, ...words].filter((path) => /\.(?:json|ya?ml)$/i.test(path));
  const places = [root, resolve(root, cwd)];
  return Object.fromEntries(
    named.flatMap((path) => {
      const own = path.replace(/^\$(?:REPO_ROOT|\{REPO_ROOT\})\//, '');
      const text = places.map((place) => textOf(resolve(place, own))).find((found) => found !== null);
      return text == null ? [] : [[path, text]];
    }),
  );
}

function textOf(path: string): string | null {
  try {
    return statSync(path).size > mostBytes ? null : readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
