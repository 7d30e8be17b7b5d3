import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BenchError } from '../../src/errors.ts';
import { readQueries } from '../../src/workload/load.ts';

let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-workload-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: string | Uint8Array): Promise<string> {
  files += 1;
  const path = join(folder, `${files}.csv`);
  await writeFile(path, content);
  return path;
}

async function load(content: string | Uint8Array, limit?: number) {
  return readQueries(await fileOf(content), { limit });
}

/** The message of the error that reading ends in, without the folder. */
async function complaint(content: string | Uint8Array, limit?: number): Promise<string> {
  const path = await fileOf(content);
  const error = await readQueries(path, { limit }).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BenchError);
  expect((error as BenchError).exitCode).toBe(2);
  return (error as BenchError).message.replaceAll(path, 'q.csv');
}

const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;

describe('what a query file may look like', () => {
  it('reads prompts, system prompts, limits and tags', async () => {
    const { queries, dropped, ownSampling } = await load(
      'id,kind,prompt,system,max_tokens\na,chat,Hello,Be brief,40\nb,code,"Say ""hi"", please",,\n',
    );
    expect(queries).toEqual([
      {
        id: 'a',
        messages: [
          { role: 'system', content: 'Be brief' },
          { role: 'user', content: 'Hello' },
        ],
        maxTokens: 40,
        fields: {},
        tags: { kind: 'chat' },
      },
      {
        id: 'b',
        messages: [{ role: 'user', content: 'Say "hi", please' }],
        maxTokens: null,
        fields: {},
        tags: { kind: 'code' },
      },
    ]);
    expect([dropped, ownSampling]).toEqual([[], []]);
  });

  it('numbers the rows of a file without ids from 1', async () => {
    const { queries } = await load('prompt\none\n\ntwo\n');
    expect(queries.map((query) => query.id)).toEqual(['1', '2']);
  });

  it.each([
    ['a BOM', '\uFEFFprompt,kind\nhi,x\n'],
    ['a BOM before a quoted name', '\uFEFF"prompt","kind"\nhi,x\n'],
    ['CRLF', 'prompt,kind\r\nhi,x\r\n'],
    ['LF in the header, CRLF in the rows', 'prompt,kind\nhi,x\r\n'],
    ['no newline at the end', 'prompt,kind\nhi,x'],
    ['trailing blank lines', 'prompt,kind\nhi,x\n\n\r\n\n'],
    ['empty spreadsheet rows', 'prompt,kind\n,\nhi,x\n,\n,\n'],
    ['spaces around column names', ' prompt , kind \nhi,x\n'],
  ])('accepts %s', async (_name, content) => {
    const { queries } = await load(content);
    expect(queries).toHaveLength(1);
    expect(queries[0]).toMatchObject({ messages: [{ role: 'user', content: 'hi' }], tags: { kind: 'x' } });
  });

  it('keeps quoted newlines, spaces and a BOM character inside a text as they are', async () => {
    const text = '  line 1\r\nline 2\n\n\uFEFFline "4", end \n';
    const { queries } = await load(`prompt\r\n${cell(text)}\r\n`);
    expect(queries[0]?.messages[0]?.content).toBe(text);
  });

  it('reads prompts of a megabyte whose characters straddle the chunks of the file', async () => {
    const long = 'é漢🙂a'.repeat(100_000);
    const { queries } = await load(`prompt\n${cell(long)}\n${cell(`x${long}`)}\n`);
    expect(queries.map((query) => query.messages[0]?.content)).toEqual([long, `x${long}`]);
  });

  it('reads a CRLF that is split between two chunks of the file', async () => {
    const header = 'prompt,kind\r\n';
    const prompt = 'p'.repeat(65_536 - header.length - ',t\r'.length);
    const { queries } = await load(`${header}${prompt},t\r\nsecond,u\r\n`);
    expect(queries.map((query) => query.tags.kind)).toEqual(['t', 'u']);
  });

  it('gives back any texts written as CSV', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).map((inner) => `>${inner}`);
    const rows = fc.array(fc.record({ prompt: text, tag: fc.string({ unit: 'grapheme' }) }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (wanted, newline, bom) => {
        const lines = ['prompt,tag', ...wanted.map((row) => `${cell(row.prompt)},${cell(row.tag)}`)];
        const { queries } = await load((bom ? '\uFEFF' : '') + lines.join(newline));
        const found = queries.map((query) => ({ prompt: query.messages[0]?.content, tag: query.tags.tag }));
        expect(found).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  it('does not let a column or a field called __proto__ touch the prototype', async () => {
    const { queries } = await load('prompt,__proto__\nhi,x\n');
    expect(Object.keys(queries[0]?.tags ?? {})).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(queries[0]?.tags)).toBe(Object.prototype);
  });
});

describe('limit', () => {
  it('stops reading: mistakes behind it do not matter', async () => {
    const { queries } = await load('id,prompt\na,one\nb,two\nb,\n"never closed\n', 2);
    expect(queries.map((query) => query.id)).toEqual(['a', 'b']);
  });

  it('stops reading: a file of a terabyte is no slower', async () => {
    const path = await fileOf('prompt\none\ntwo\nthree\n');
    await truncate(path, 2 ** 40);
    const { queries } = await readQueries(path, { limit: 2 });
    expect(queries).toHaveLength(2);
  });

  it('may be larger than the file', async () => {
    expect((await load('prompt\none\n', 50)).queries).toHaveLength(1);
  });
});

describe('mistakes, each with line, column and row', () => {
  it.each([
    ['an empty id', 'id,prompt\na,x\n ,y\n', 'q.csv:3:1: row 2, column id: empty; expected an id'],
    [
      'a repeated id',
      'id,prompt\na,x\nb,y\na,z\n',
      'q.csv:4:1: row 3, column id: "a" is already the id of row 1;',
    ],
    ['an id of two lines', 'id,prompt\n"a\nb",x\n', 'q.csv:2:1: row 1, column id: "a\\nb" holds a control'],
    [
      'an empty prompt',
      'id,prompt\na,\n',
      'q.csv:2:3: row 1, column prompt: empty; expected the text to ask;',
    ],
    ['a blank prompt', 'prompt\n" \n "\n', 'q.csv:2:1: row 1, column prompt: empty;'],
    [
      'a missing cell',
      'id,prompt,kind\na,x,y\nb,x\n',
      'q.csv:3:3: row 2: 2 cells where the header has 3, the last is "x"; expected "id,prompt,kind";',
    ],
    [
      'an unquoted comma',
      'id,prompt\na,Hello, you\n',
      'q.csv:2:9: row 1: 3 cells where the header has 2, the first too many is " you"; expected "id,prompt";',
    ],
    [
      'a bad limit',
      'prompt,max_tokens\nx,12.5\n',
      'q.csv:2:3: row 1, column max_tokens: "12.5"; expected a whole number from 1;',
    ],
    ['a limit of zero', 'prompt,max_tokens\nx,0\n', 'q.csv:2:3: row 1, column max_tokens: "0";'],
    [
      'a repeated column',
      'id,prompt,id\na,x,b\n',
      'q.csv:1:11: header, column id: columns 1 and 3 are both named "id";',
    ],
    ['a column without a name', 'id,,prompt\n', 'q.csv:1:4: header, column 2: the column has no name;'],
    ['prompt and body', 'prompt,body\n', 'q.csv:1:1: header: there is a `prompt` and a `body` column;'],
    [
      'neither',
      'id,question\na,x\n',
      'q.csv:1:1: header: there is no `prompt` and no `body` column (found "id, question");',
    ],
    ['a capital letter', 'ID,Prompt\na,x\n', 'rename "ID" to "id"'],
    ['semicolons', 'id;prompt\na;x\n', 'expected commas between columns, not ";"'],
    [
      'system beside body',
      'body,system\n',
      'q.csv:1:6: header, column system: a `system` column stands beside `body`;',
    ],
    ['an empty file', '', 'q.csv: the file is empty; expected a header and rows;'],
    ['only blank lines', '\n\n', 'q.csv: the file is empty;'],
    ['only a BOM', '\uFEFF', 'q.csv: the file is empty;'],
    ['only a header', 'id,prompt\n\n', 'q.csv: there are no rows under the header;'],
    [
      'an open quote',
      'id,prompt\na,x\nb,"y\nc,z\n',
      'q.csv:3:3: row 2, column prompt: a double quote opens here and never closes, at "\\"y\\nc,z";',
    ],
    [
      'a quote inside a cell',
      'id,prompt\na,x\nb,say "hi"\n',
      'q.csv:3:7: row 2, column prompt: a double quote stands in the middle of a cell, in "say \\"hi\\"";',
    ],
    [
      'text after a quote',
      'id,prompt\na,"x" y\n',
      'q.csv:2:5: row 1, column prompt: a double quote stands in the middle of a cell, in "\\"x\\" y";',
    ],
    [
      'JSON that breaks off',
      'body\n"{""messages"": ["\n',
      'q.csv:2:1: row 1, column body: the body ends too early, after "{\\"messages\\": [";',
    ],
    [
      'a body that is no object',
      'body\n[1]\n',
      'q.csv:2:1: row 1, column body: the body is "[1]"; expected a JSON object;',
    ],
    [
      'an open quote in the header',
      'id,"prompt\na,x\n',
      'q.csv:1:4: header: a double quote opens here and never closes, at "\\"prompt\\na,x";',
    ],
  ])('%s', async (_name, content, expected) => {
    expect(await complaint(content)).toContain(expected);
  });

  it('invalid UTF-8, with the byte', async () => {
    const latin1 = Buffer.from('id,prompt\na,fine\nb,caf\xe9 noir\n', 'latin1');
    expect(await complaint(latin1)).toContain(
      'q.csv:3:3: row 2, column prompt: byte 4 is 0xE9 (after "caf"), which is not UTF-8;',
    );
  });

  it.each([
    ['an overlong encoding', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a character cut short', [0xf0, 0x9f, 0x99]],
    ['a byte that U+FFFD starts with', [0xef, 0x20]],
  ])('%s is not UTF-8 either, though U+FFFD itself is', async (_name, bytes) => {
    const good = Buffer.from('prompt\n\uFFFD ok\n');
    expect((await load(good)).queries[0]?.messages[0]?.content).toBe('\uFFFD ok');
    const bad = Buffer.concat([Buffer.from('prompt\n\uFFFD'), Buffer.from(bytes), Buffer.from('\n')]);
    expect(await complaint(bad)).toContain('q.csv:2:1: row 1, column prompt: byte 4 is 0x');
  });

  it('invalid UTF-8 and UTF-16 in the header', async () => {
    expect(await complaint(Buffer.from('prompt,na\xefve\nx,y\n', 'latin1'))).toContain(
      'q.csv:1:8: header, column 2: byte 3',
    );
    expect(await complaint(Buffer.from('\uFEFFprompt\nx\n', 'utf16le'))).toContain(
      'q.csv:1:1: header: the file is UTF-16;',
    );
  });

  it('lists all of them, with true line numbers behind quoted newlines and blank lines', async () => {
    const text = await complaint('id,prompt\r\na,"1\r\n2\r\n3"\r\n\r\nb,\r\n,\r\nb2,"x\ny"\r\na,z\r\n');
    expect(text.split('\n').map((line) => line.split(': ').slice(0, 2).join())).toEqual([
      'q.csv:6:3,row 2, column prompt',
      'q.csv:10:1,row 4, column id',
    ]);
  });

  it.each([
    ['blank lines before it', 'id,prompt\na,x\n\r\n\nb,"y\n', '5:3: row 2, column prompt', '"\\"y"'],
    ['a BOM on its line', '\uFEFFid,"prompt\n', '1:4: header', '"\\"prompt"'],
    ['quoted newlines in its row', 'id,prompt\n"a\r\nb",x "y"\n', '3:6: row 1, column prompt', '"x \\"y\\""'],
    ['characters of several bytes before it', 'id,prompt\nä🙂,ü"\n', '2:6: row 1, column prompt', '"ü\\""'],
    ['doubled quotes before it', 'id,prompt\n"a""b","c""\n', '2:8: row 1, column prompt', '"\\"c\\"\\""'],
    ['a lone CR after a quote', 'id,prompt\n"a"\r,x\n', '2:3: row 1, column id', '"\\"a\\"\\r,x"'],
  ])('a wrong quote is found behind %s', async (_name, content, place, text) => {
    const message = await complaint(content);
    expect(message).toMatch(new RegExp(`^q\\.csv:${place}: a double quote `));
    expect(message).toContain(`, ${message.includes('never') ? 'at' : 'in'} ${text}; expected`);
  });

  it('shows a little of a long text, around its quote, in whole characters', async () => {
    const long = 'é'.repeat(50_000);
    expect(await complaint(`prompt\n${cell(long)}\n${long}"${long}\n`)).toContain(
      `q.csv:3:50001: row 2, column prompt: a double quote stands in the middle of a cell, in "${'é'.repeat(10)}\\"${'é'.repeat(29)}…";`,
    );
    expect(await complaint(`prompt\n"${long}\n${long}\n`)).toContain(
      `q.csv:2:1: row 1, column prompt: a double quote opens here and never closes, at "\\"${'é'.repeat(39)}…";`,
    );
    expect(await complaint(`prompt\n${cell(long)},${long}\n`)).toContain(
      `q.csv:2:50004: row 1: 2 cells where the header has 1, the first too many is "${'é'.repeat(40)}…";`,
    );
  });

  it('gives up after 20', async () => {
    const text = await complaint(`id,prompt\n${'a,\n'.repeat(100)}`);
    expect(text.split('\n')).toHaveLength(21);
    expect(text).toContain('(stopped after 20 mistakes)');
  });

  it('a file that is not there, or a folder', async () => {
    await expect(readQueries(join(folder, 'none.csv'))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('there is no such file'),
    });
    await expect(readQueries(folder)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('it is a folder'),
    });
  });
});

describe('where a query stands', () => {
  it('is kept beside it: the row without blank lines, the line of the file', async () => {
    const { queries, places } = await load('id,prompt\na,"one\ntwo"\n\nb,three\n');
    expect([...places]).toEqual([
      ['a', { row: 1, line: 2 }],
      ['b', { row: 2, line: 5 }],
    ]);
    expect(Object.keys(queries[0] ?? {})).not.toContain('row');
  });

  it('is said with the name the file goes by', async () => {
    const path = await fileOf('id,prompt\na,\n');
    await expect(readQueries(path, { shown: 'queries/q.csv' })).rejects.toMatchObject({
      message: expect.stringMatching(/^queries\/q\.csv:2:3: row 1, column prompt: /),
    });
  });
});

describe('bodies', () => {
  const file = (...bodies: unknown[]): string =>
    `body\n${bodies.map((body) => `${cell(JSON.stringify(body))}\n`).join('')}`;
  const messages = [{ role: 'user', content: 'Hi' }];

  it('says once per field what was dropped, and who samples as they like', async () => {
    const { queries, dropped, ownSampling } = await load(
      file(
        { messages, provider: { order: ['x'] }, temperature: 0.7 },
        { messages, provider: {}, user: 'u1', temperature: 1, cache_salt: 'z' },
      ),
    );
    expect(dropped).toEqual([
      'provider: dropped from 2 rows (routing noise)',
      'user: dropped from 1 row (routing noise)',
      'cache_salt: dropped from 1 row (bench sets it itself)',
    ]);
    expect(ownSampling).toEqual([
      "temperature: 2 rows set their own, which wins over the workload's sampling",
    ]);
    expect(queries.map((query) => query.fields)).toEqual([{ temperature: 0.7 }, { temperature: 1 }]);
  });
});
