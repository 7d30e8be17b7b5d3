// What a checkout has and what it lacks, read from its files. Plain Node built-ins only.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

// The same list as in bin/bench.
const sources = ['src', 'bench', 'test/scripted-engine', 'bin'];
const manifests = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Whether node_modules holds what the lock file asks for, by the list npm writes when an install is whole. */
export function isInstalled(wantsDev) {
  const have = readJson('node_modules/.package-lock.json')?.packages;
  if (!have) return false;
  return packages(wantsDev || hasDevInstall()).every(([path, entry]) => {
    return entry.optional || (have[path]?.version === entry.version && existsSync(join(root, path)));
  });
}

/** Whether what the tests need is installed, or was before something broke it; it is never taken away. */
export function hasDevInstall() {
  const names = Object.keys(readJson('package.json')?.devDependencies ?? {});
  return names.some((name) => existsSync(join(root, 'node_modules', name)));
}

/** The lock file's packages that this platform gets: [path, entry]. */
export function packages(dev) {
  const fits = (list, value) => !list || list.includes(value);
  return Object.entries(readJson('package-lock.json')?.packages ?? {}).filter(
    ([path, entry]) =>
      path !== '' && (dev || !entry.dev) && fits(entry.os, process.platform) && fits(entry.cpu, process.arch),
  );
}

/** Whether `dist` was built after the last change of a source. */
export function isBuilt() {
  const built = changedNs('dist/.built');
  return built !== null && [...sources, ...manifests].every((name) => newestNs(name) <= built);
}

/** A file's text; empty when it cannot be read. */
export function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The newest change of a file or of anything under a folder, in ns; 0n when it is not there. */
function newestNs(name) {
  let newest = changedNs(name) ?? 0n;
  for (const entry of folder(name)) {
    const inside = newestNs(join(name, entry));
    if (inside > newest) newest = inside;
  }
  return newest;
}

function folder(name) {
  try {
    return readdirSync(join(root, name));
  } catch {
    return [];
  }
}

function changedNs(name) {
  return statSync(join(root, name), { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? null;
}

function readJson(name) {
  try {
    return JSON.parse(readFileSync(join(root, name), 'utf8'));
  } catch {
    return null;
  }
}
