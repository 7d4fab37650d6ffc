//! Availability, outages and requests of the chatbots of a report, and the times behind them.

import type { Schemas } from '../api/client.ts';
import { type Column, Table } from '../elements/table.tsx';
import { duration, number } from '../language/format.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import type { Report } from './data.ts';
import { percent } from './words.ts';

const TEXTS = catalogue({
  et: {
    availability: 'Käideldavus ja katkestused',
    times: 'Ajad, millest käideldavus tuleneb',
    formula:
      'Käideldavus = 1 − võrgust väljas ÷ (kogu aeg − plaanitud − teadmata), ümardatud alla.',
    none: 'Asutusel ei ole ühtegi vestlusrobotit.',
    chatbot: 'Vestlusrobot',
    all: 'Kokku',
    percent: 'Käideldavus',
    before: 'Eelmisel perioodil',
    outages: 'Katkestusi',
    longest: 'Pikim katkestus',
    requests: 'Päringuid',
    latency: '95% vastustest kuni',
    total: 'Kogu aeg',
    counted: 'Arvesse läinud',
    planned: 'Plaanitud',
    unknown: 'Teadmata',
    offline: 'Võrgust väljas',
    forced: 'Sellest käsitsi',
  },
  en: {
    availability: 'Availability and outages',
    times: 'Times behind the availability',
    formula: 'Availability = 1 − offline ÷ (total − planned − unknown), rounded down.',
    none: 'The institution has no chatbot.',
    chatbot: 'Chatbot',
    all: 'Total',
    percent: 'Availability',
    before: 'Period before',
    outages: 'Outages',
    longest: 'Longest outage',
    requests: 'Requests',
    latency: '95% of responses within',
    total: 'Total',
    counted: 'Counted',
    planned: 'Planned',
    unknown: 'Unknown',
    offline: 'Offline',
    forced: 'Of which forced',
  },
});

/** A chatbot, or all of them. */
interface Row {
  name: string;
  is: Schemas['ReportTotals'] & { p95Ms?: number };
  before: Schemas['ReportTotals'];
}

export function Availability({ report }: { report: Report }) {
  const texts = useTexts(TEXTS);
  const { chatbots, total, totalBefore } = report;
  const rows: Row[] = [
    ...chatbots.map((one) => ({ name: one.chatbot, is: one, before: one.before })),
    { name: texts.all, is: total, before: totalBefore },
  ];
  return (
    <>
      <section class="card" aria-labelledby="availability">
        <h2 id="availability">{texts.availability}</h2>
        {chatbots.length === 0 ? <p>{texts.none}</p> : <FiguresTable rows={rows} />}
      </section>
      {chatbots.length > 0 && (
        <section class="card" aria-labelledby="times">
          <h2 id="times">{texts.times}</h2>
          <p class="quiet">{texts.formula}</p>
          <TimesTable rows={rows} />
        </section>
      )}
    </>
  );
}

function FiguresTable({ rows }: { rows: Row[] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const count = (value: number) => number(value, language);
  return (
    <Table
      caption={texts.availability}
      rows={rows}
      keyOf={(row) => row.name}
      columns={[
        { head: texts.chatbot, cell: (row) => row.name },
        { head: texts.percent, cell: ({ is }) => percent(is.availability, language) },
        { head: texts.before, cell: ({ before }) => percent(before.availability, language) },
        { head: texts.outages, cell: ({ is }) => count(is.outages.count) },
        {
          head: texts.longest,
          cell: ({ is }) =>
            is.outages.count === 0 ? '–' : duration(is.outages.longestSeconds, language),
        },
        { head: texts.requests, cell: ({ is }) => count(is.requests) },
        {
          head: texts.latency,
          cell: ({ is }) => (is.p95Ms === undefined ? '–' : `${count(is.p95Ms)} ms`),
        },
      ]}
    />
  );
}

function TimesTable({ rows }: { rows: Row[] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const column = (head: string, field: keyof Schemas['Availability']): Column<Row> => ({
    head,
    cell: ({ is }) => duration(is.availability[field] ?? 0, language),
  });
  return (
    <Table
      caption={texts.times}
      rows={rows}
      keyOf={(row) => row.name}
      columns={[
        { head: texts.chatbot, cell: (row) => row.name },
        column(texts.total, 'totalSeconds'),
        column(texts.planned, 'plannedSeconds'),
        column(texts.unknown, 'unknownSeconds'),
        column(texts.counted, 'countedSeconds'),
        column(texts.offline, 'offlineSeconds'),
        column(texts.forced, 'forcedSeconds'),
      ]}
    />
  );
}
