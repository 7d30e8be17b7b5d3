import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readQueries } from '../../src/workload/load.ts';
import type { Query } from '../../src/workload/query.ts';

const shipped = (name: string) => readQueries(join(import.meta.dirname, '..', '..', 'queries', name));
const prompt = (query: Query): string => String(query.messages.at(-1)?.content);

describe('queries/queries.csv', () => {
  it('has 50 queries of many kinds, each once', async () => {
    const { queries, dropped } = await shipped('queries.csv');
    expect(queries).toHaveLength(50);
    expect(new Set(queries.map(prompt)).size).toBe(50);
    expect(new Set(queries.map((query) => query.tags.kind))).toEqual(
      new Set([
        'chat',
        'code',
        'explain',
        'extract',
        'long',
        'math',
        'reason',
        'summarise',
        'translate',
        'write',
      ]),
    );
    expect(queries.some((query) => query.messages[0]?.role === 'system')).toBe(true);
    expect(dropped).toEqual([]);
  });

  it('starts with 12 short ones: a slow machine runs those', async () => {
    const { queries } = await shipped('queries.csv');
    for (const query of queries.slice(0, 12)) {
      expect(query.messages).toHaveLength(1);
      expect(prompt(query).length).toBeLessThan(75);
      expect(prompt(query).split(/\s+/).length).toBeLessThan(15);
    }
  });

  it('has at least 5 of about 1,500 tokens that repeat nothing', async () => {
    const { queries } = await shipped('queries.csv');
    const long = queries.filter((query) => query.tags.kind === 'long');
    expect(long.length).toBeGreaterThanOrEqual(5);
    const sentences = long.flatMap((query) =>
      prompt(query)
        .split(/(?<=[.!?])\s+/)
        .filter((text) => text.length > 30),
    );
    expect(new Set(sentences).size).toBe(sentences.length);
    for (const query of long) {
      expect(prompt(query).length).toBeGreaterThan(6000);
      expect(prompt(query).length).toBeLessThan(6500);
    }
  });

  it('shares no long opening between two queries, which a prefix cache would find', async () => {
    const { queries } = await shipped('queries.csv');
    const openings = queries.map((query) => JSON.stringify(query.messages).slice(0, 60));
    expect(new Set(openings).size).toBe(50);
  });
});

describe('queries/systems.csv', () => {
  it('has 4 queries, each once', async () => {
    const { queries } = await shipped('systems.csv');
    expect(queries.map((query) => query.tags.kind)).toEqual(['chat', 'code', 'reason', 'extract']);
    expect(new Set(queries.map((query) => query.id)).size).toBe(4);
  });
});
