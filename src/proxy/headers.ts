/** Of one connection only, whatever is in them (RFC 9110, 7.6.1); `proxy-*` is dropped by its beginning. */
const hopByHop = new Set(['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/**
 * The headers that travel on: pairs as they came, in their order and spelling, doubles included, less those of the
 * connection, less what `Connection` names, less `also` (lower case).
 * @param raw name, value, name, value ...
 */
export function endToEnd(raw: readonly string[], also: ReadonlySet<string>): string[] {
  const named = namesIn(valuesOf(raw, 'connection'));
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]];
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || lower.startsWith('proxy-') || named.has(lower) || also.has(lower)) continue;
    kept.push(name, value);
  }
  return kept;
}

/** Every value of a header, by its lower-case name. */
export function valuesOf(raw: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() === name) values.push(raw[at + 1] ?? '');
  }
  return values;
}

function namesIn(values: readonly string[]): ReadonlySet<string> {
  return new Set(values.flatMap((value) => value.split(',').map((name) => name.trim().toLowerCase())));
}
