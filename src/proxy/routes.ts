/** What a path asks for. */
export type Route = 'v1' | 'meta' | 'healthz' | 'metrics' | 'other';

/** Path and query of a request target, which may be a whole URL. */
export function pathOf(target: string): string {
  const rest = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)?.[1] ?? target;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** The route of a path, whatever its query says. */
export function routeOf(path: string): Route {
  const bare = path.split('?', 1)[0] ?? '';
  if (bare === '/v1' || bare.startsWith('/v1/')) return 'v1';
  const name = bare.slice(1);
  return name === 'meta' || name === 'healthz' || name === 'metrics' ? name : 'other';
}
