/** Variables that name a place, a port or a moment of one start, and nothing an engine computes with. */
const noisyVariables =
  /^(?:_|SHLVL|PWD|OLDPWD|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|TMPDIR|TEMP|TMP|XDG_SESSION_ID|XDG_RUNTIME_DIR|SSH_\w+|TERM|COLUMNS|LINES|HOSTNAME|MASTER_PORT|VLLM_PORT|SGLANG_PORT|PORT|TORCHELASTIC_RUN_ID|DBUS_SESSION_BUS_ADDRESS|container_uuid)$/;

/** Flags that say where it listens. */
const noisyFlags = /^--?(?:port|host|nccl-port|dist-init-addr|master-port)$/;

/** Whether a variable is noise whatever it holds. */
export function isNoisyVariable(name: string): boolean {
  return noisyVariables.test(name);
}

/** Whether a flag is noise whatever it holds. */
export function isNoisyFlag(flag: string): boolean {
  return noisyFlags.test(flag);
}

/**
 * A text without what is new at every start: run ids, ports of this host, pids, addresses, random ids, names below
 * temporary folders. Two texts that are equal now differ in noise only.
 */
export function masked(text: string): string {
  return text
    .replace(/\d{8}T\d{6}Z-[0-9a-f]{8}/g, '<run>')
    .replace(/(?<![\w.-])(\/(?:tmp|var\/tmp|dev\/shm|run\/user\/\d+))\/([^\s:,;"'=]+)/g, maskTemporary)
    .replace(/(127\.0\.0\.1|0\.0\.0\.0|localhost|\[::1?\]):\d{1,5}\b/g, '$1:<port>')
    .replace(/\bpid[ =:]*\d+/gi, 'pid <n>')
    .replace(/0x[0-9a-f]{8,}/gi, '<address>')
    .replace(/__media_\w+__/g, '<marker>')
    .replace(/(?<!(?:GPU|MIG)-)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '<uuid>')
    .replace(/(?:chatcmpl|cmpl|req)-\w+/g, '<id>');
}

/** `/tmp/bench-x1/a/model.gguf` -> `/tmp/<any>/a/model.gguf`: only the first name is made up anew each time. */
function maskTemporary(_whole: string, folder: string, rest: string): string {
  const [first = '', ...below] = rest.split('/');
  const ending = /\.\w{1,8}$/.exec(first)?.[0] ?? '';
  return [folder, below.length === 0 ? `<any>${ending}` : '<any>', ...below].join('/');
}
