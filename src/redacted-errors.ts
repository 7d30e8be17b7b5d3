import type { Redact } from './bundle.ts';
import { BenchError } from './errors.ts';

/** Does a piece of work; secrets are taken out of what it throws: message, hint and stack. */
export async function redactingErrors<Result>(redact: Redact, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw redactError(error, redact);
  }
}

/** The same error, changed in place: it keeps its class. */
export function redactError(error: unknown, redact: Redact): unknown {
  if (!(error instanceof Error)) return error;
  const texts = error instanceof BenchError ? ['message', 'hint', 'stack'] : ['message', 'stack'];
  for (const name of texts) {
    const text: unknown = Reflect.get(error, name);
    if (typeof text !== 'string' || redact(text) === text) continue;
    Object.defineProperty(error, name, { value: redact(text), configurable: true, writable: true });
  }
  return error;
}
