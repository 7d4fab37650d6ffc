//! The events of a chatbot: `/chatbots/:name/events?kind=&from=&to=`.

import { useLocation, useSearch } from 'wouter';
import { api, dataOf } from '../api/client.ts';
import { usePages } from '../api/pages.ts';
import { Moment, useNow } from '../elements/moment.tsx';
import { NothingFound } from '../elements/nothing-found.tsx';
import { Older } from '../elements/older.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { CHATBOT_EVENTS } from './chatbot-types.ts';
import { type EventFilter, eventFilterOf, eventSearchOf, NO_EVENT_FILTER } from './event-filter.ts';
import { EventFilterForm } from './event-filter-form.tsx';
import { eventText } from './event-text.ts';
import { EVENT_WORDS, type Event } from './event-words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Sündmused',
    explanation: 'Viimase 90 päeva sündmused alates registreerimisest, uuemad enne.',
    kind: 'Sündmuse liik',
    at: 'Aeg',
    event: 'Sündmus',
    details: 'Üksikasjad',
    notified: 'Teavitati',
    yes: 'Jah',
    no: 'Ei',
    none: 'Vestlusrobotiga ei ole 90 päeva jooksul midagi juhtunud.',
    noMatch: 'Ükski sündmus ei vasta filtrile.',
  },
  en: {
    title: 'Events',
    explanation: 'Events of the last 90 days since the enrolment, newest first.',
    kind: 'Type of event',
    at: 'Time',
    event: 'Event',
    details: 'Details',
    notified: 'Notified',
    yes: 'Yes',
    no: 'No',
    none: 'Nothing has happened to the chatbot within 90 days.',
    noMatch: 'No event matches the filter.',
  },
});

export function ChatbotEvents({ name }: { name: string }) {
  const texts = useTexts(TEXTS);
  const filter = eventFilterOf(useSearch());
  const isFiltered = eventSearchOf(filter) !== '';
  const [, navigate] = useLocation();
  const change = (changed: Partial<EventFilter>) => {
    const search = eventSearchOf({ ...filter, ...changed });
    navigate(`/chatbots/${name}/events${search}`, { replace: true });
  };
  const { kind, from, to } = filter;
  const { query: events, items } = usePages(
    ['chatbot', name, 'events', kind, from, to],
    async (cursor) => {
      const query = {
        ...(kind && { kind: [kind] }),
        ...(from && { from }),
        ...(to && { to }),
        ...(cursor && { cursor }),
      };
      const params = { path: { name }, query };
      return dataOf(await api.GET('/chatbots/{name}/events', { params }));
    },
    (page) => page.events,
  );
  return (
    <section class="card" aria-labelledby="events">
      <h2 id="events">{texts.title}</h2>
      <p class="quiet">{texts.explanation}</p>
      <EventFilterForm
        label={texts.kind}
        types={CHATBOT_EVENTS}
        filter={filter}
        onChange={change}
      />
      <ReadState
        error={events.error}
        onRetry={() => events.refetch()}
        isRead={items !== undefined}
      />
      {items !== undefined && (
        <>
          <Freshness readAt={events.dataUpdatedAt} limit={300} />
          {items.length > 0 && <EventTable events={items} />}
          {items.length === 0 && !events.hasNextPage && (
            <NothingFound
              isFiltered={isFiltered}
              none={texts.none}
              noMatch={texts.noMatch}
              onClear={() => change(NO_EVENT_FILTER)}
            />
          )}
          <Older query={events} count={items.length} />
        </>
      )}
    </section>
  );
}

function EventTable({ events }: { events: Event[] }) {
  const texts = useTexts(TEXTS);
  const { types } = useTexts(EVENT_WORDS);
  const { language } = useLanguage();
  const now = useNow(60);
  return (
    <Table
      caption={texts.title}
      rows={events}
      keyOf={({ id, at }) => `${id} ${at}`}
      columns={[
        { head: texts.at, cell: ({ at }) => <Moment at={at} /> },
        { head: texts.event, cell: ({ type }) => types[type] },
        {
          head: texts.details,
          cell: (event) => <bdi>{visible(eventText(event, now, language))}</bdi>,
        },
        { head: texts.notified, cell: ({ quiet }) => (quiet ? texts.no : texts.yes) },
      ]}
    />
  );
}
