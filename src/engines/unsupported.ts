import { custom } from './custom.ts';
import type { Engine, EngineName } from './engine.ts';

/** An engine whose files are checked but which this version does not start. */
export function unsupported(name: EngineName): Engine {
  return {
    ...custom,
    name,
    notYet: `engine: ${name} is understood and checked, but this version of bench does not start it yet.`,
  };
}
