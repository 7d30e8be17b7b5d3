import { z } from 'zod';
import type { Json } from '../canonical.ts';
import { settingsSchema } from './schema.ts';

type JsonSchema = { readonly [key: string]: Json };

/** Building it takes longer than all else of a load. */
let built: JsonSchema | undefined;

/**
 * The JSON Schema (2020-12) of an experiment file, for editors: the same declaration that `bench` checks by, as
 * what may be written rather than what comes out.
 */
export function configSchemaJson(): JsonSchema {
  built ??= build();
  return built;
}

function build(): JsonSchema {
  const schema = z.toJSONSchema(settingsSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.plainNumbers !== true) return;
      delete jsonSchema.plainNumbers;
      Object.assign(jsonSchema, { type: ['string', 'number'] });
    },
  });
  const { $schema, ...rest } = JSON.parse(JSON.stringify(schema)) as { [key: string]: Json };
  const required = { required: ['description'], anyOf: [{ required: ['engine'] }, { required: ['parent'] }] };
  return { $schema: $schema ?? null, title: 'bench experiment', ...rest, ...required };
}
