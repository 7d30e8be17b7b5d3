import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BenchError, ExitCode } from './errors.ts';
import { jsonText, nodeOf, textsOf } from './json-node.ts';
import { type Answer, getAnswer } from './supervisor/untimed.ts';
import type { World } from './world.ts';

/** A snapshot as a proxy sent it. */
export interface SentSnapshot {
  readonly place: string;
  readonly runId: string | null;
  readonly launch: number | null;
  readonly text: string;
}

/**
 * Asks a `bench proxy` for its snapshot.
 * @param url its own address, with or without `/v1` or `/meta`.
 * @throws BenchError exit 5 when nobody answers, or the snapshot is not frozen yet (with how far it is); exit 2 for
 *   what is no proxy, or wants a token.
 */
export async function readMeta(url: string, tokenFile: string | null, world: World): Promise<SentSnapshot> {
  const place = `${url.replace(/\/+$/, '').replace(/\/(?:v1|meta)$/, '')}/meta`;
  const answer = await ask(place, tokenFile === null ? {} : bearer(tokenFile, world));
  if (answer.status === 503) throw notYet(place, answer.text);
  if (answer.status === 401 || answer.status === 403) {
    throw new BenchError(`${place} asks for a token.`, {
      exitCode: ExitCode.usage,
      hint: 'Give the file that holds it: --token-file ~/.bench-token',
    });
  }
  if (answer.status !== 200) {
    throw new BenchError(`${place} answers ${answer.status}: no \`bench proxy\` listens there.`, {
      exitCode: ExitCode.usage,
      hint: 'Name the address that `bench proxy` printed.',
    });
  }
  const [, runId = null, launch] = /^(.+)-(\d+)$/.exec(String(answer.headers['x-bench-launch'] ?? '')) ?? [];
  return { place, runId, launch: launch === undefined ? null : Number(launch), text: answer.text };
}

async function ask(place: string, headers: { readonly [name: string]: string }): Promise<Answer> {
  try {
    return await getAnswer(place, headers);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new BenchError(`Nobody answers at ${place} (${code ?? message}).`, {
      exitCode: ExitCode.host,
      hint: 'Start one: bench proxy configs/mine.yaml',
      cause: error,
    });
  }
}

function bearer(tokenFile: string, world: World): { readonly [name: string]: string } {
  try {
    return { authorization: `Bearer ${readFileSync(resolve(world.cwd, tokenFile), 'utf8').trim()}` };
  } catch (error) {
    throw new BenchError(
      `--token-file ${tokenFile} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      {
        exitCode: ExitCode.usage,
      },
    );
  }
}

/** What the proxy says of a launch that is under way. */
function notYet(place: string, text: string): BenchError {
  let progress: ReturnType<typeof nodeOf> = {};
  try {
    progress = nodeOf(JSON.parse(text));
  } catch {
    // Something between here and the proxy answered.
  }
  const { phase, phaseSeconds, launch } = progress;
  const since = typeof phaseSeconds === 'number' ? ` for ${phaseSeconds.toFixed(0)} s` : '';
  const doing = typeof phase === 'string' ? `: ${phase}${since}` : '';
  const named = typeof launch === 'string' && launch !== '' ? ` (launch ${jsonText(launch)})` : '';
  const lines = textsOf(progress.lines);
  return new BenchError(`The snapshot of ${place} is not frozen yet${doing}${named}.`, {
    exitCode: ExitCode.host,
    hint: [...lines.map((line) => `  ${line}`), 'Ask again when the engine is warm.'].join('\n'),
  });
}
