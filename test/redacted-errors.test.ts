import { describe, expect, it } from 'vitest';
import { BenchError, ExitCode } from '../src/errors.ts';
import { redactError, redactingErrors } from '../src/redacted-errors.ts';

const redact = (text: string): string => text.replaceAll('hunter2', '***');

describe('what a piece of work throws', () => {
  it('loses its secrets in message, hint and stack, and stays what it is', async () => {
    const error = new BenchError('no hunter2', { exitCode: ExitCode.host, hint: 'not hunter2' });
    const thrown = await redactingErrors(redact, () => Promise.reject(error)).catch((caught) => caught);
    expect(thrown).toBe(error);
    expect(thrown).toMatchObject({ message: 'no ***', hint: 'not ***', exitCode: ExitCode.host });
    expect(thrown.stack).not.toContain('hunter2');
  });

  it('may be anything', async () => {
    expect(await redactingErrors(redact, async () => 'hunter2')).toBe('hunter2');
    expect(redactError(null, redact)).toBeNull();
    const abort = redactError(new DOMException('hunter2 left', 'AbortError'), redact);
    expect(abort).toMatchObject({ message: '*** left', name: 'AbortError' });
  });
});
