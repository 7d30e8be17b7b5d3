type Env = { readonly [name: string]: string };

/** A folder below the child's home, unless a variable names another; nothing when there is no home either. */
export function cacheFolder(env: Env, variable: string, belowHome: string): string[] {
  const named = env[variable];
  if (named !== undefined && named !== '') return [named];
  return env.HOME === undefined || env.HOME === '' ? [] : [`${env.HOME}/${belowHome}`];
}

/** `$XDG_CACHE_HOME/name`, by default `~/.cache/name`. */
export function userCache(env: Env, name: string): string[] {
  const root = env.XDG_CACHE_HOME;
  return root !== undefined && root !== '' ? [`${root}/${name}`] : cacheFolder(env, '', `.cache/${name}`);
}

/** Where the libraries under all Python engines keep what they compiled or tuned. */
export function kernelCaches(env: Env): string[] {
  return [
    ...(env.TORCHINDUCTOR_CACHE_DIR ? [env.TORCHINDUCTOR_CACHE_DIR] : []),
    ...cacheFolder(env, 'TRITON_CACHE_DIR', '.triton/cache'),
    ...flashinferCache(env),
    ...driverCache(env),
  ];
}

/** What the CUDA driver compiled from PTX. */
export function driverCache(env: Env): string[] {
  return cacheFolder(env, 'CUDA_CACHE_PATH', '.nv/ComputeCache');
}

function flashinferCache(env: Env): string[] {
  const base = env.FLASHINFER_WORKSPACE_BASE ?? env.HOME;
  return base === undefined || base === '' ? [] : [`${base}/.cache/flashinfer`];
}
