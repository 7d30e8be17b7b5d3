/** A platform as image indexes name it. */
export interface Platform {
  readonly architecture: string;
  /** `v7`, `v8`; null where there is but one. */
  readonly variant: string | null;
}

const known: { readonly [arch: string]: Platform } = {
  x64: { architecture: 'amd64', variant: null },
  ia32: { architecture: '386', variant: null },
  arm64: { architecture: 'arm64', variant: 'v8' },
  arm: { architecture: 'arm', variant: 'v7' },
  ppc64: { architecture: 'ppc64le', variant: null },
};

/** Node's name of an architecture -> that of image indexes. */
export function platformOf(arch: string): Platform {
  return known[arch] ?? { architecture: arch, variant: null };
}
