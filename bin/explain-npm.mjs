const unreachable =
  /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)$/;

/**
 * What a failed `npm ci` means for a user.
 * @param {string[]} lines what npm printed
 * @param {number} count packages it was asked for
 * @returns {[message: string, hint: string, output: string[]]}
 */
export function explainNpm(lines, count) {
  const text = lines.join('\n');
  const code = /npm (?:error|ERR!) code (\S+)/.exec(text)?.[1] ?? '';
  const what = `installing ${count} packages of package-lock.json`;
  if (unreachable.test(code)) {
    const asked = /request to https?:\/\/[^/\s]+\/(\S+) failed/.exec(text)?.[1];
    const first = asked === undefined ? '' : `; the first it missed is ${packageName(asked)}`;
    return [
      `npm could not reach its registry (${code}) while ${what}${first}.`,
      'Connect to the network, or set a mirror in .npmrc (registry=...), then run again.',
      lines,
    ];
  }
  if (code === 'EINTEGRITY') {
    return [
      `npm got a package that differs from package-lock.json (EINTEGRITY) while ${what}.`,
      "A proxy or mirror may serve changed files; clear npm's cache (npm cache clean --force) and run again.",
      lines,
    ];
  }
  if (code === 'ENOSPC')
    return [`The disk is full (ENOSPC) while ${what}.`, 'Free some space, then run again.', lines];
  const named = code === '' ? '' : ` (${code})`;
  return [`npm failed${named} while ${what}.`, 'Run `npm ci` in the checkout to see all it says.', lines];
}

/** `@scope%2fname/-/name-1.0.0.tgz` -> `@scope/name`. */
function packageName(path) {
  return decodeURIComponent(path).split('/-/')[0];
}
