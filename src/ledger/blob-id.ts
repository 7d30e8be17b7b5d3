import { hash } from 'node:crypto';

/**
 * The id that git gives a file of this text (UTF-8) when no filter changes it: the hash of `blob <bytes>`, NUL and the bytes
 * (git-hash-object(1)).
 */
export function blobId(text: string, algorithm: 'sha1' | 'sha256' = 'sha1'): string {
  return hash(algorithm, `blob ${Buffer.byteLength(text)}\0${text}`, 'hex');
}
