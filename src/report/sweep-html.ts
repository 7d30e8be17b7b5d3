import { nothing, plural } from '../units.ts';
import type { Inversion, SweepResult } from '../verdict/sweep.ts';
import { hatch, heatMapSvg } from './heat-map.ts';
import { recallMap, timeMap } from './sweep-maps.ts';
import {
  failures,
  inversionTable,
  inversionTitle,
  itemsText,
  openSentences,
  recallFound,
  taskText,
  timesFound,
} from './sweep-sentences.ts';
import { sweepStyle } from './sweep-style.ts';
import { timesOf, timeTitle } from './sweep-words.ts';
import { element, escapeXml } from './xml.ts';

/** What a browser may do with the page: show it. */
const policy = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * A sweep as one HTML document without script and without any other file: heat maps of recall, TTFT and decode, then what
 * can be concluded of them. It is XML too, but for the line before it. Ends with a newline.
 */
export function sweepHtml(result: SweepResult): string {
  const { task, set, n, scorer, arms, contexts, id, startedAt } = result;
  const title = `Recall of ${task} (${set.source}, n = ${n}, ${scorer} scorer): ${plural(arms.length, 'arm')} x ${plural(contexts.length, 'context')}`;
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    element('title', {}, escapeXml(title)),
    element('style', {}, sweepStyle),
  );
  const main = element(
    'main',
    {},
    element('h1', {}, escapeXml(title)),
    element('p', { class: 'faint' }, escapeXml(`Sweep ${id}, started ${startedAt}`)),
    ...result.inversions.map(inversionSection),
    ...figures(result),
    ...section('Recall that differs', 'Same items, exact McNemar, Holm.', recallFound(result)),
    ...section('Times further apart than launches scatter', 't over launches, Holm.', timesFound(result)),
    ...section('What is not shown', '', openSentences(result)),
    ...section('Without a result', '', failures(result)),
    armTable(result),
  );
  return `<!doctype html>\n${element('html', { lang: 'en' }, head, element('body', {}, hatch, main))}\n`;
}

function figures(result: SweepResult): string[] {
  const times = timesOf(result).filter((metric) => metric !== 'e2e_ms');
  return [
    element(
      'div',
      { class: 'maps' },
      figure(
        'Recall',
        `${taskText(result)} ${itemsText(result)} In brackets: Wilson's 95 % interval. Floor: it does not lie above guessing.`,
        heatMapSvg(recallMap(result)),
      ),
      ...times.map((metric) =>
        figure(
          timeTitle(metric, result),
          `${metric === 'decode_tok_s' ? 'More' : 'Shorter'} is better. The colour is by its logarithm.`,
          heatMapSvg(timeMap(result, metric)),
        ),
      ),
    ),
  ];
}

function figure(title: string, caption: string, svg: string): string {
  const said = element('figcaption', {}, element('h2', {}, escapeXml(title)), escapeXml(caption));
  return element('figure', {}, said, element('div', { class: 'map' }, svg));
}

function section(title: string, how: string, texts: readonly string[]): string[] {
  if (texts.length === 0) return [];
  const items = texts.map((text) => element('li', {}, withCode(text)));
  const by = how === '' ? [] : [element('p', { class: 'faint' }, escapeXml(how))];
  return [element('section', {}, element('h2', {}, escapeXml(title)), ...by, element('ul', {}, ...items))];
}

/** A sentence whose commands stand between backquotes. */
function withCode(text: string): string {
  return escapeXml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function inversionSection(inversion: Inversion): string {
  const { head, rows } = inversionTable(inversion);
  const changes = inversion.differs.flatMap(({ arm, lines, command }) => [
    element('h3', {}, escapeXml(`${arm}, then and now`)),
    element(
      'ul',
      {},
      ...(lines.length === 0 ? ['nothing that is recorded differs'] : lines).map((line) =>
        element('li', {}, escapeXml(line)),
      ),
    ),
    element('p', {}, element('code', {}, escapeXml(command))),
  ]);
  return element(
    'section',
    { class: 'alert' },
    element('h2', {}, escapeXml(`Inversion: ${inversionTitle(inversion)}`)),
    table(head, rows),
    ...changes,
  );
}

function armTable({ arms }: SweepResult): string {
  const rows = arms.map(({ label, engine, config, model, knob }) => [
    label,
    engine,
    knob === null ? nothing : `${knob.flag} ${knob.value}`,
    config,
    model ?? nothing,
  ]);
  return element(
    'section',
    {},
    element('h2', {}, 'Arms'),
    table(['arm', 'engine', 'knob', 'file', 'model'], rows),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], name: string): string =>
    element('tr', {}, ...cells.map((cell) => element(name, {}, escapeXml(cell))));
  const body = rows.map((cells) => row(cells, 'td'));
  return element(
    'div',
    { class: 'map' },
    element('table', {}, element('thead', {}, row(head, 'th')), element('tbody', {}, ...body)),
  );
}
