import type { AddressFlags } from './engine.ts';

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
export function helpWords(
  help: { readonly args: readonly string[] },
  args: readonly string[],
): readonly string[] {
  const module = args[0] === '-m' ? args[1] : undefined;
  // llama.cpp's own `-m` names a model.
  if (module === undefined || help.args[0]?.startsWith('--')) return help.args;
  return ['-m', module, ...help.args.slice(help.args.findIndex((word) => word.startsWith('--')))];
}
