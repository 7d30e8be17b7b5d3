import { diffMeta, type MetaDiff, type MetaFlags, type ReadSnapshot, readSnapshot } from '../meta.ts';
import { metaDiffText } from '../report/meta-diff-text.ts';
import { metaText } from '../report/meta-text.ts';
import { diffGroups } from '../snapshot/diff-groups.ts';
import { reportOptions } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench meta`: one snapshot, in words or byte for byte. */
export async function metaCommand(
  name: string | undefined,
  flags: Record<string, unknown>,
  { world }: CommandContext,
): Promise<void> {
  const snapshot = await readSnapshot(name ?? null, metaFlags(flags), world);
  if (flags.json !== true) {
    world.stdout.write(metaText(snapshot, reportOptions(world.stdout, world.env)));
    return;
  }
  // Nothing after the last byte, so that its sha256 is the snapshot's own; a person's prompt gets its own line.
  world.stdout.write(world.stdout.isTTY === true ? `${snapshot.text}\n` : snapshot.text);
}

/** `bench meta diff`: what differs between two; with --exit-code 1 when something does. */
export async function metaDiffCommand(
  a: string,
  b: string,
  flags: Record<string, unknown>,
  { world, exit }: CommandContext,
): Promise<void> {
  const diff = await diffMeta(a, b, metaFlags(flags), world);
  const all = flags.all === true;
  const options = { ...reportOptions(world.stdout, world.env), all };
  world.stdout.write(flags.json === true ? diffJson(diff, all) : metaDiffText(diff, diffGroups, options));
  if (flags.exitCode === true && diff.differences.length > 0) exit(1);
}

function metaFlags(flags: Record<string, unknown>): MetaFlags {
  const { launch, tokenFile } = flags;
  return {
    launch: typeof launch === 'number' ? launch : null,
    tokenFile: tokenFile === undefined ? null : String(tokenFile),
  };
}

function diffJson({ a, b, differences, noise }: MetaDiff, all: boolean): string {
  const side = ({ text: _text, document: _document, ...known }: ReadSnapshot): object => known;
  const document = { schemaVersion: 1, a: side(a), b: side(b), differences, ...(all ? { noise } : {}) };
  return `${JSON.stringify(document, null, 2)}\n`;
}
