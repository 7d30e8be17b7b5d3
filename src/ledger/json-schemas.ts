import { z } from 'zod';
import { recordSchema } from './record.ts';
import { summarySchema } from './summary-schema.ts';

/** The published JSON Schemas by file name under docs/, as text. */
export function publishedSchemas(): Readonly<Record<string, string>> {
  return {
    'record.schema.json': schemaText(recordSchema, 'bench record: results/<run_id>.json, schemaVersion 1'),
    'summary.schema.json': schemaText(
      summarySchema,
      'bench summary: .bench_runs/<run_id>/summary.json, schemaVersion 1',
    ),
  };
}

function schemaText(schema: z.ZodType, title: string): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { reused: 'ref' }) }, null, 2)}\n`;
}
