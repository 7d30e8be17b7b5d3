import { isIP } from 'node:net';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** `127.0.0.1:8100`, `[::1]:8100`, `localhost:8100` or a port alone (of 127.0.0.1) -> address; null: none of them. */
export function parseListen(text: string): ListenAddress | null {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]:|([^:]*):|)(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return null;
  const named = bracketed ?? plain ?? '127.0.0.1';
  // A resolver may send the name elsewhere.
  const host = named === 'localhost' ? '127.0.0.1' : named;
  return isIP(host) === (bracketed === undefined ? 4 : 6) ? { host, port } : null;
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return /^127\./.test(host) || host === '::1';
}
