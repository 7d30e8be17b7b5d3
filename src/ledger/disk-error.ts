import { BenchError, ExitCode } from '../errors.ts';

const causes: { readonly [code: string]: string } = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EIO: 'the disk reports an input/output error',
  EFBIG: 'the file would be too large',
  ENOENT: 'the directory is not there',
  EEXIST: 'a file of that name is in the way',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'it is a directory',
};

/** What a failed file operation means to the user (exit 5); anything that is not a disk's refusal comes back unchanged. */
export function explainDiskError(error: unknown, doing: string, hint: string): unknown {
  const cause = causes[(error as NodeJS.ErrnoException).code ?? ''];
  if (error instanceof BenchError || cause === undefined) return error;
  return new BenchError(`Cannot ${doing}: ${cause}`, { exitCode: ExitCode.host, hint, cause: error });
}
