/** What the proxy's own process is told by the one that supervises the engine. */
export type ToProxy =
  | ({ readonly type: 'listen' } & ListenOptions)
  | { readonly type: 'phase'; readonly phase: string }
  /** A launch begins; its log will be there. */
  | { readonly type: 'start'; readonly launch: number; readonly logPath: string }
  | { readonly type: 'open'; readonly port: number }
  | { readonly type: 'frozen'; readonly text: string; readonly sha256: string }
  /** Silence may stop the engine from now on. */
  | { readonly type: 'settled' }
  | { readonly type: 'asleep' }
  /** Answer what can be answered, then end. */
  | { readonly type: 'end'; readonly cause: string };

/** What it says. */
export type FromProxy =
  | { readonly type: 'listening'; readonly address: string; readonly port: number }
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  | { readonly type: 'idle' }
  | { readonly type: 'wake' };

/** Where the proxy listens and by which rules. */
export interface ListenOptions {
  readonly host: string;
  /** 0: the kernel chooses. */
  readonly port: number;
  readonly runId: string;
  /** What every request but /healthz must bring; null: nothing. */
  readonly token: string | null;
  readonly maxBodyBytes: number;
  readonly idleStopMs: number | null;
}
