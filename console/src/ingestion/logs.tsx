//! The log of a chatbot: `/chatbots/:name/logs?level=&text=&from=&to=`. New entries come in when the reader asks.

import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'preact/hooks';
import { Link, useLocation, useSearch } from 'wouter';
import { every } from '../api/beat.ts';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { ChoiceField, Field, Form } from '../elements/form.tsx';
import { localTime } from '../elements/local-time.ts';
import { Moment } from '../elements/moment.tsx';
import { Older } from '../elements/older.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { catalogue, useTexts } from '../language/language.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { LEVELS, type LogFilter, logFilterOf, logSearchOf, newerThan } from './filter.ts';

type Entry = Schemas['KeptLogEntry'];

interface Texts {
  title: string;
  explanation: string;
  filter: Record<'level' | 'any' | 'text' | 'from' | 'to' | 'search' | 'clear', string>;
  levels: Record<Schemas['LogLevel'], string>;
  columns: Record<'at' | 'level' | 'message', string>;
  none: string;
  noMatch: string;
  newer: (count: string) => string;
}

const TEXTS = catalogue<Texts>({
  et: {
    title: 'Logi',
    explanation:
      'Viimase 14 päeva kirjed, uuemad enne. Isikuandmed on asendatud märgistega, seega neid ei saa otsida.',
    filter: {
      level: 'Madalaim tase',
      any: 'Kõik tasemed',
      text: 'Tekst sõnumis',
      from: 'Alates',
      to: 'Kuni',
      search: 'Otsi',
      clear: 'Tühista filter',
    },
    levels: {
      debug: 'Silumine',
      info: 'Teave',
      warning: 'Hoiatus',
      error: 'Viga',
      critical: 'Kriitiline',
    },
    columns: { at: 'Aeg', level: 'Tase', message: 'Sõnum' },
    none: 'Vestlusrobot ei ole 14 päeva jooksul midagi logisse kirjutanud.',
    noMatch: 'Ükski kirje ei vasta filtrile.',
    newer: (count) => `Näita uuemaid kirjeid (${count})`,
  },
  en: {
    title: 'Log',
    explanation:
      'Entries of the last 14 days, newest first. Personal data was replaced by markers, so it cannot be searched for.',
    filter: {
      level: 'Lowest level',
      any: 'All levels',
      text: 'Text in the message',
      from: 'From',
      to: 'To',
      search: 'Search',
      clear: 'Clear the filter',
    },
    levels: {
      debug: 'Debug',
      info: 'Info',
      warning: 'Warning',
      error: 'Error',
      critical: 'Critical',
    },
    columns: { at: 'Time', level: 'Level', message: 'Message' },
    none: 'The chatbot has logged nothing within 14 days.',
    noMatch: 'No entry matches the filter.',
    newer: (count) => `Show newer entries (${count})`,
  },
});

/** The newer entries that are counted. */
const NEWER = 100;

/** Reads a page of the log. */
async function loadLogs(name: string, query: LogFilter & { limit?: number; cursor?: string }) {
  const params = { path: { name }, query };
  return dataOf(await api.GET('/chatbots/{name}/logs', { params }));
}

export function ChatbotLogs({ name }: { name: string }) {
  const texts = useTexts(TEXTS);
  const search = useSearch();
  const filter = logFilterOf(search);
  const queryKey = ['chatbot', name, 'logs', filter];
  const logs = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => loadLogs(name, { ...filter, ...pageParam }),
    initialPageParam: {},
    getNextPageParam: ({ next }) => (next === undefined ? undefined : { cursor: next }),
    // Entries do not move while somebody reads them.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const entries = logs.data?.pages.flatMap((page) => page.entries);
  return (
    <section class="card" aria-labelledby="logs">
      <h2 id="logs">{texts.title}</h2>
      <p class="quiet">{texts.explanation}</p>
      <Filter key={search} name={name} filter={filter} />
      <ReadState error={logs.error} onRetry={() => logs.refetch()} isRead={entries !== undefined} />
      {entries !== undefined && (
        <>
          <Newer key={search} name={name} filter={filter} entries={entries} listKey={queryKey} />
          {entries.length > 0 && <LogTable entries={entries} />}
          {entries.length === 0 && !logs.hasNextPage && (
            <p>
              {search === '' ? (
                texts.none
              ) : (
                <>
                  {texts.noMatch} <Link href={`/chatbots/${name}/logs`}>{texts.filter.clear}</Link>
                </>
              )}
            </p>
          )}
          <Older query={logs} count={entries.length} />
        </>
      )}
    </section>
  );
}

function Filter({ name, filter }: { name: string; filter: LogFilter }) {
  const { filter: labels, levels } = useTexts(TEXTS);
  const [, navigate] = useLocation();
  return (
    <search>
      <Form
        submit={labels.search}
        isPending={false}
        error={null}
        onSubmit={(entries) => navigate(`/chatbots/${name}/logs${logSearchOf(entries)}`)}
      >
        <ChoiceField
          label={labels.level}
          name="level"
          value={filter.level ?? ''}
          options={[['', labels.any], ...LEVELS.map((one): [string, string] => [one, levels[one]])]}
        />
        <Field label={labels.text} name="text" value={filter.text ?? ''} maxLength={200} />
        <Field
          label={labels.from}
          name="from"
          type="datetime-local"
          value={localTime(filter.from)}
        />
        <Field label={labels.to} name="to" type="datetime-local" value={localTime(filter.to)} />
      </Form>
    </search>
  );
}

interface NewerProps {
  name: string;
  filter: LogFilter;
  entries: Entry[];
  listKey: unknown[];
}

/** Says how many entries came since the list was read, and reads it again when it is told to. */
function Newer({ name, filter, entries, listKey }: NewerProps) {
  const texts = useTexts(TEXTS);
  const client = useQueryClient();
  const place = useRef<HTMLDivElement>(null);
  const from = entries[0]?.at ?? filter.from;
  const found = useQuery({
    queryKey: ['newer-logs', name, filter, from],
    queryFn: () => loadLogs(name, { ...filter, ...(from && { from }), limit: NEWER }),
    refetchInterval: every(15),
    enabled: filter.to === undefined,
  });
  const newer = found.data === undefined ? 0 : newerThan(entries, found.data.entries);
  const count = newer >= NEWER ? `${NEWER}+` : String(newer);
  const show = async () => {
    place.current?.focus();
    await client.resetQueries({ queryKey: listKey });
  };
  return (
    <div ref={place} tabIndex={-1}>
      <Freshness readAt={found.dataUpdatedAt} limit={60} />
      <p role="status">
        {newer > 0 && (
          <button type="button" onClick={show}>
            {texts.newer(count)}
          </button>
        )}
      </p>
    </div>
  );
}

function LogTable({ entries }: { entries: Entry[] }) {
  const texts = useTexts(TEXTS);
  return (
    <Table
      caption={texts.title}
      rows={entries.map((entry, index) => ({ ...entry, index: entries.length - index }))}
      keyOf={({ at, index }) => `${at} ${index}`}
      columns={[
        { head: texts.columns.at, cell: ({ at }) => <Moment at={at} isExact /> },
        { head: texts.columns.level, cell: ({ level }) => texts.levels[level] },
        {
          head: texts.columns.message,
          cell: ({ message }) => <bdi class="log">{visible(message)}</bdi>,
        },
      ]}
    />
  );
}
