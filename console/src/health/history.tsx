//! The observations of a chatbot over time: `/chatbots/:name/history?range=`.

import { useQuery } from '@tanstack/react-query';
import { useLocation, useSearch } from 'wouter';
import { every } from '../api/beat.ts';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { FilterChoice } from '../elements/filter-choice.tsx';
import { Moment } from '../elements/moment.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { duration, moment, number } from '../language/format.ts';
import { catalogue, type Language, useLanguage, useTexts } from '../language/language.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { barsOf, type Range, rangeOf, type Sum, spanOf, sumOf } from './series.ts';

type Point = Schemas['HealthPoint'];

interface Texts {
  title: string;
  range: string;
  ranges: Record<Range, string>;
  none: string;
  chart: string;
  table: string;
  columns: Record<'start' | 'total' | 'failed' | 'slow' | 'late' | 'latency' | 'codes', string>;
  sum: (total: string, failed: string, share: string, slow: string) => string;
  worst: (at: string, failed: string, total: string) => string;
  slowest: (millis: string) => string;
  empty: (count: string, all: string, length: string) => string;
}

const TEXTS = catalogue<Texts>({
  et: {
    title: 'Vaatluste ajalugu',
    range: 'Ajavahemik',
    ranges: {
      '1h': 'Viimane tund',
      '6h': 'Viimased 6 tundi',
      '24h': 'Viimane ööpäev',
      '7d': 'Viimased 7 päeva',
      '30d': 'Viimased 30 päeva',
    },
    none: 'Selles vahemikus ei ole vestlusrobotist teatatud. Valige pikem ajavahemik.',
    chart: 'Joone kohal on õnnestunud vaatlused, joone all ebaõnnestunud.',
    table: 'Samad andmed tabelina',
    columns: {
      start: 'Algus',
      total: 'Vaatlusi',
      failed: 'Ebaõnnestus',
      slow: 'Aeglased',
      late: 'Hilinenud teated',
      latency: 'Vastamise aeg, p50 / p95 / p99 (ms)',
      codes: 'Koodid ja logitasemed',
    },
    sum: (total, failed, share, slow) =>
      `Vaatlusi ${total}, neist ebaõnnestus ${failed} (${share} %), aeglasi ${slow}.`,
    worst: (at, failed, total) => `Kõige rohkem vigu: ${at}, ${failed} vaatlust ${total}\u2011st.`,
    slowest: (millis) => `Pikim vastamise aeg (p95) oli ${millis} ms.`,
    empty: (count, all, length) =>
      `Vaatlusteta oli ${count} vahemikku ${all}\u2011st (iga vahemik on ${length}).`,
  },
  en: {
    title: 'History of observations',
    range: 'Time range',
    ranges: {
      '1h': 'Last hour',
      '6h': 'Last 6 hours',
      '24h': 'Last day',
      '7d': 'Last 7 days',
      '30d': 'Last 30 days',
    },
    none: 'Nobody reported on the chatbot in this time. Choose a longer range.',
    chart: 'Above the line are observations that succeeded, below it those that failed.',
    table: 'The same data as a table',
    columns: {
      start: 'Start',
      total: 'Observations',
      failed: 'Failed',
      slow: 'Slow',
      late: 'Reported late',
      latency: 'Response time, p50 / p95 / p99 (ms)',
      codes: 'Codes and log levels',
    },
    sum: (total, failed, share, slow) =>
      `${total} observations, of which ${failed} failed (${share} %) and ${slow} were slow.`,
    worst: (at, failed, total) => `Most failures: ${at}, ${failed} of ${total} observations.`,
    slowest: (millis) => `The longest response time (p95) was ${millis} ms.`,
    empty: (count, all, length) =>
      `${count} of ${all} steps had no observations (a step is ${length}).`,
  },
});

export function ChatbotHistory({ name }: { name: string }) {
  const texts = useTexts(TEXTS);
  const range = rangeOf(useSearch());
  const [, navigate] = useLocation();
  const history = useQuery({
    queryKey: ['chatbot', name, 'history', range],
    queryFn: async () => {
      const params = { path: { name }, query: spanOf(range, new Date()) };
      return dataOf(await api.GET('/chatbots/{name}/health/history', { params }));
    },
    refetchInterval: every(60),
  });
  const { data, error } = history;
  return (
    <section class="card" aria-labelledby="history">
      <h2 id="history">{texts.title}</h2>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <FilterChoice
          label={texts.range}
          value={range}
          options={Object.entries(texts.ranges)}
          any={null}
          onChange={(chosen) =>
            navigate(`/chatbots/${name}/history?range=${chosen}`, { replace: true })
          }
        />
      </form>
      <Freshness readAt={history.dataUpdatedAt} limit={180} />
      <ReadState error={error} onRetry={() => history.refetch()} isRead={data !== undefined} />
      {data !== undefined && <Series series={data} />}
    </section>
  );
}

function Series({ series: { points, step } }: { series: Schemas['HealthSeries'] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const sum = sumOf(points);
  const first = points[0];
  const last = points[points.length - 1];
  if (sum.total === 0 || first === undefined || last === undefined) return <p>{texts.none}</p>;
  return (
    <>
      <p>{sentences(sum, points.length, step, language).join(' ')}</p>
      <Bars points={points} />
      <p class="chart-axis quiet">
        <Moment at={first.start} /> <Moment at={last.start} />
      </p>
      <p class="quiet">{texts.chart}</p>
      <details>
        <summary>{texts.table}</summary>
        <SeriesTable points={[...points].reverse()} />
      </details>
    </>
  );
}

function sentences(sum: Sum, steps: number, step: number, language: Language): string[] {
  const texts = TEXTS[language];
  const of = (value: number) => number(value, language);
  const share = of(Math.round((1000 * sum.failed) / sum.total) / 10);
  const said = [texts.sum(of(sum.total), of(sum.failed), share, of(sum.slow))];
  if (sum.worst !== undefined) {
    const at = moment(new Date(sum.worst.start), new Date(), language);
    said.push(texts.worst(at, of(sum.worst.failed), of(sum.worst.total)));
  }
  if (sum.slowest !== undefined) said.push(texts.slowest(of(sum.slowest)));
  if (sum.empty > 0) said.push(texts.empty(of(sum.empty), of(steps), duration(step, language)));
  return said;
}

/** The bars of the points. What they show is also said in words and in the table. */
function Bars({ points }: { points: Point[] }) {
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${points.length} 100`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {barsOf(points).map(({ start, good, failed }, index) => (
        <g key={start}>
          <rect class="chart-good" x={index + 0.1} y={50 - good} width="0.8" height={good} />
          <rect class="chart-failed" x={index + 0.1} y="50" width="0.8" height={failed} />
        </g>
      ))}
      <rect class="chart-line" x="0" y="49.75" width={points.length} height="0.5" />
    </svg>
  );
}

function SeriesTable({ points }: { points: Point[] }) {
  const { columns, table } = useTexts(TEXTS);
  const { language } = useLanguage();
  const counts = ({ codes, levels }: Point) =>
    Object.entries({ ...codes, ...levels })
      .map(([kind, count]) => `${kind}: ${number(count, language)}`)
      .join(', ');
  return (
    <Table
      caption={table}
      rows={points}
      keyOf={({ start }) => start}
      columns={[
        { head: columns.start, cell: ({ start }) => <Moment at={start} /> },
        { head: columns.total, cell: ({ total }) => number(total, language) },
        { head: columns.failed, cell: ({ failed }) => number(failed, language) },
        { head: columns.slow, cell: ({ slow }) => number(slow, language) },
        { head: columns.late, cell: ({ late }) => number(late, language) },
        {
          head: columns.latency,
          cell: ({ latency }) =>
            latency === undefined ? '–' : `${latency.p50} / ${latency.p95} / ${latency.p99}`,
        },
        { head: columns.codes, cell: counts },
      ]}
    />
  );
}
