import { type JsonNode, nodeOf, textIn } from '../json-node.ts';
import type { ReadSnapshot } from '../meta.ts';
import { imageSection, libraryLines, venvSection } from './meta-artifact-lines.ts';
import { cacheSection, engineSection, modelSection, processSection } from './meta-engine-lines.ts';
import { gpuLines, hostSection } from './meta-host-lines.ts';
import { known, type MetaSection, missingFacts, named, sectionLines, shortHash } from './meta-lines.ts';
import { type Paint, paintWith, type ReportOptions } from './style.ts';
import { printable, wrap } from './text.ts';

/** Sections that this screen has words for. */
const shown = new Set(
  'format takenAt command processes containment phases engine hubModel artifact binary venv image files libraries compileCaches shell host lshw gpu gpuState bench notCaptured'.split(
    ' ',
  ),
);

/** `bench meta`: what made a number, from the engine outwards. Ends with a newline. */
export function metaText(snapshot: ReadSnapshot, options: ReportOptions): string {
  const paint = paintWith(options.color);
  const { columns } = options;
  const document = nodeOf(snapshot.document);
  const section = (one: MetaSection): string[] => sectionLines(one, columns, paint.strong);
  const lines = [
    ...headLines(snapshot, document, columns, paint),
    ...section(engineSection(document)),
    ...section(processSection(document)),
    ...section(modelSection(document)),
    ...section(imageSection(document)),
    ...section(venvSection(document)),
    ...libraryLines(document, columns, paint),
    ...section(cacheSection(document)),
    ...gpuLines(document, columns, paint),
    ...section(hostSection(document)),
    ...section(lackingSection(document)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Which snapshot it is, of which launch, from where. */
function headLines(snapshot: ReadSnapshot, document: JsonNode, columns: number, paint: Paint): string[] {
  const { name, runId, launch, launches, notes, place, sha256 } = snapshot;
  const of = launches === null ? '' : ` of ${launches}`;
  const bench = nodeOf(document.bench);
  const dirty = bench.dirty === true ? ' with uncommitted changes' : '';
  const title = [paint.strong(printable(name)), runId ?? '', launch === null ? '' : `launch ${launch}${of}`];
  return [
    title.filter((part) => part !== '').join('  '),
    ...notes.flatMap((note) => wrap(note, columns)).map(paint.warn),
    ...sectionLines(
      {
        title: '',
        lines: [
          ['from', place],
          ['sha256', sha256],
          [
            'taken',
            named([
              ['', document.takenAt],
              ['by bench', textIn(bench, 'version')],
              ['commit', shortHash(bench.commit)],
            ]) + dirty,
          ],
        ],
      },
      columns,
      paint.strong,
    ).slice(2),
  ];
}

/** What a reader must not take for nothing. */
function lackingSection(document: JsonNode): MetaSection {
  const others = Object.keys(document).filter((name) => !shown.has(name));
  return {
    title: 'not in these lines',
    lines: [
      ['not known', missingFacts(document)],
      ['not asked', known(document.notCaptured)],
      ['only in --json', others.join(', ')],
    ],
  };
}
