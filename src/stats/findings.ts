import type { Finding, Summary } from './summary.ts';

type Counted = Pick<Summary, 'requests' | 'failed' | 'errors' | 'tokens' | 'shortOutputs' | 'witness'> & {
  /** Warm-ups that were answered and did not settle. */
  readonly unsteady: Summary['warmUp'];
  /** Requests whose engine counted other tokens than it sent. */
  readonly usageMismatches: number;
};

/** What the numbers themselves give away, in the order in which a reader should hear it. */
export function noticed(summary: Counted): Finding[] {
  return [
    ...errors(summary),
    ...notSteady(summary),
    ...witness(summary),
    ...tokenSources(summary),
    ...mismatches(summary),
    ...shortOutputs(summary),
  ];
}

/**
 * A finding from the way rooms write them: `code: sentence`, or a code alone. The sentence stays empty then;
 * the report knows what the code means.
 */
export function findingFrom(line: string): Finding {
  const [, code, text] = /^([a-z0-9][a-z0-9._-]*)(?:: ?([\s\S]*))?$/.exec(line) ?? [];
  return code === undefined ? { code: 'other', text: line } : { code, text: text ?? '' };
}

/** Findings without repetition: a code alone gives way to the same code with a sentence. */
export function sayOnce(findings: readonly Finding[]): Finding[] {
  const explained = new Set(findings.filter(({ text }) => text !== '').map(({ code }) => code));
  const unique = new Map(findings.map((finding) => [`${finding.code} ${finding.text}`, finding]));
  return [...unique.values()].filter(({ code, text }) => text !== '' || !explained.has(code));
}

function errors(summary: Counted): Finding[] {
  if (summary.failed === 0) return [];
  const kinds = summary.errors.map((group) => `${group.count} ${group.outcome}`).join(', ');
  return [{ code: 'errors', text: `${summary.failed} of ${summary.requests} requests failed (${kinds}).` }];
}

function notSteady(summary: Counted): Finding[] {
  return summary.unsteady.slice(0, 1).map(({ launch, requests }) => ({
    code: 'not-steady',
    text: `Launch ${launch} was still changing its decode rate after ${requests} warm-up requests.`,
  }));
}

function witness(summary: Counted): Finding[] {
  return summary.witness
    .filter((comparison) => !comparison.agrees)
    .map(({ metric, statistic, clientMs, engineMs }) => ({
      code: 'witness-disagrees',
      text: `${metric}: ${clientMs.toFixed(2)} ms by the client, ${engineMs.toFixed(2)} ms by the engine (${statistic ?? 'median'}s).`,
    }));
}

function tokenSources({ tokens }: Counted): Finding[] {
  const chunks = tokens.sources.chunks ?? 0;
  const approximate = tokens.decodeSources['usage-approx'] ?? 0;
  return [
    ...(chunks === 0
      ? []
      : [
          {
            code: 'tokens-from-chunks',
            text: `The engine stated no token count, or one above max_tokens, for ${chunks} requests; their chunks were counted.`,
          },
        ]),
    ...(approximate === 0
      ? []
      : [
          {
            code: 'usage-approx',
            text: `${approximate} decode rates come from the total count, since the chunks state none.`,
          },
        ]),
  ];
}

function mismatches({ usageMismatches }: Counted): Finding[] {
  if (usageMismatches === 0) return [];
  return [
    {
      code: 'usage-mismatch',
      text: `${usageMismatches} requests whose total token count disagrees with their chunks or with max_tokens.`,
    },
  ];
}

function shortOutputs(summary: Counted): Finding[] {
  if (summary.shortOutputs === 0) return [];
  return [
    {
      code: 'short-outputs',
      text: `${summary.shortOutputs} outputs under 16 tokens are left out of decode metrics, because a draft method runs.`,
    },
  ];
}
