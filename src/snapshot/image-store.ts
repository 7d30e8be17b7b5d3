import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../canonical.ts';

/** A manifest that podman's store keeps of an image. */
export interface StoredManifest {
  /** `sha256:<64 hex>`, and that of its bytes. */
  readonly digest: string;
  /** Whether it is a list of platforms. */
  readonly isIndex: boolean;
  readonly mediaType: string | null;
}

/**
 * The manifests of an image in podman's store: the one of the image, and the list of platforms it was pulled by.
 * Neither `.Digest` nor `.RepoDigests` of `image inspect` says which is which; the store keeps the bytes. A manifest
 * whose bytes do not have the digest in its name is left out. Empty where the folder cannot be read.
 * @param storeFolder `<graphRoot>/<driver>-images`.
 * @param id of the image, without `sha256:`.
 */
export function storedManifests(storeFolder: string, id: string): StoredManifest[] {
  const folder = join(storeFolder, id);
  return listing(folder).flatMap((file): StoredManifest[] => {
    const name = file.startsWith('=') ? Buffer.from(file.slice(1), 'base64').toString('latin1') : file;
    const digest = /^manifest-(sha256:[0-9a-f]{64})$/.exec(name)?.[1];
    if (digest === undefined) return [];
    try {
      const bytes = readFileSync(join(folder, file));
      if (`sha256:${sha256Hex(bytes)}` !== digest) return [];
      const { mediaType, manifests } = JSON.parse(bytes.toString('utf8')) as {
        mediaType?: string;
        manifests?: unknown;
      };
      return [{ digest, isIndex: Array.isArray(manifests), mediaType: mediaType ?? null }];
    } catch {
      return [];
    }
  });
}

function listing(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
