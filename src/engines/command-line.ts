import type { AddressFlags, HelpFact } from './engine.ts';

/**
 * The argv that starts an engine on a port: the file's words first, bench's two flags last.
 * @param portInArgs the file wrote `$PORT` itself, so the port flag is left out; so is the host flag unless
 *   the file names one, since a server with its own way of naming a port rarely knows `--host`.
 */
export function commandLine(input: {
  command: string;
  args: readonly string[];
  address: AddressFlags;
  hostFlagNamed: boolean;
  portInArgs: boolean;
  port: number;
}): string[] {
  const { command, args, address, hostFlagNamed, portInArgs, port } = input;
  const host = address.host !== null && (hostFlagNamed || !portInArgs) ? [address.host, '127.0.0.1'] : [];
  const portWords = address.port !== null && !portInArgs ? [address.port, String(port)] : [];
  return [command, ...args, ...host, ...portWords];
}

/**
 * The words after the program that print its flags: `help` as the engine has it, but the module the file starts
 * (`python -m vllm.entrypoints.openai.api_server`) in place of a subcommand.
 */
export function helpWords(help: Pick<HelpFact, 'args'>, args: readonly string[]): readonly string[] {
  const at = moduleAt(args);
  // llama.cpp's own `-m` names a model.
  if (at === null || help.args[0]?.startsWith('--')) return help.args;
  return [...args.slice(0, at + 1), ...help.args.slice(help.args.findIndex((word) => word.startsWith('--')))];
}

/**
 * The engine's own part of a command line: what follows the module that Python starts, or all of it. Null when the
 * program is not the engine's, as with a wrapper (`numactl ... vllm serve`) or a script.
 * @param program the last part of its path.
 */
export function engineWords(
  help: Pick<HelpFact, 'program' | 'module'>,
  program: string,
  args: readonly string[],
): readonly string[] | null {
  if (help.program.test(program)) return args;
  const at = moduleAt(args);
  const isModule =
    at !== null && /^python[\d.]*$/.test(program) && help.module?.test(args[at] ?? '') === true;
  return isModule ? args.slice(at + 1) : null;
}

/** Where the module of `python ... -m MODULE` stands: only Python's own switches may come before it. */
function moduleAt(args: readonly string[]): number | null {
  const at = args.findIndex((word) => !/^-[bBdEIOPqsSuvx]+$/.test(word));
  return args[at] === '-m' && args[at + 1] !== undefined ? at + 1 : null;
}
