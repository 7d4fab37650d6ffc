//! The events of the last 90 days, newest first: `/events`.

import { Link, useLocation, useSearch } from 'wouter';
import { api, dataOf } from '../api/client.ts';
import { usePages } from '../api/pages.ts';
import { Moment, useNow } from '../elements/moment.tsx';
import { NothingFound } from '../elements/nothing-found.tsx';
import { Older } from '../elements/older.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useIsStaff, useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { Announcement } from './announcement.tsx';
import { type EventFilter, eventFilterOf, eventSearchOf, NO_EVENT_FILTER } from './event-filter.ts';
import { EventFilterForm } from './event-filter-form.tsx';
import { eventText, subjectOf } from './event-text.ts';
import { EVENT_TYPES, EVENT_WORDS, type Event } from './event-words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Sündmused',
    all: 'Viimase 90 päeva sündmused, uuemad eespool. Kõige uuemad võivad hetkeks puududa.',
    mine: 'Teie asutuste vestlusrobotite ja plaanitud katkestuste sündmused viimase 90 päeva jooksul, uuemad eespool.',
    type: 'Sündmus',
    again: 'Loe uuesti',
    none: 'Sündmusi ei ole.',
    noMatch: 'Ükski sündmus ei vasta filtrile.',
    at: 'Aeg',
    subject: 'Keda puudutab',
    details: 'Üksikasjad',
    notified: 'Teavitus',
    told: 'Teavitati',
    quiet: 'Ei teavitatud',
  },
  en: {
    title: 'Events',
    all: 'Events of the last 90 days, newest first. The newest ones may be missing for a moment.',
    mine: 'Events of the chatbots and planned outages of your institutions in the last 90 days, newest first.',
    type: 'Event',
    again: 'Read again',
    none: 'There are no events.',
    noMatch: 'No event matches the filter.',
    at: 'Time',
    subject: 'Whom it concerns',
    details: 'Details',
    notified: 'Notification',
    told: 'Notified',
    quiet: 'Not notified',
  },
});

/** The age in seconds from which on events are marked as old. They are read again when the reader asks for it. */
const OLD_AFTER = 300;

export function EventList() {
  const texts = useTexts(TEXTS);
  const isStaff = useIsStaff();
  const mayAnnounce = useMay('admin', 'operator');
  const filter = eventFilterOf(useSearch());
  const [, navigate] = useLocation();
  const change = (changed: Partial<EventFilter>) =>
    navigate(`/events${eventSearchOf({ ...filter, ...changed })}`, { replace: true });
  const { kind, from, to } = filter;
  const { query, items } = usePages(
    ['events', kind, from, to],
    async (cursor) => {
      const query = {
        ...(kind && { kind: [kind] }),
        ...(from && { from }),
        ...(to && { to }),
        ...(cursor && { cursor }),
      };
      return dataOf(await api.GET('/events', { params: { query } }));
    },
    (page) => page.events,
  );
  const isFiltered = eventSearchOf(filter) !== '';
  return (
    <Page title={texts.title} aside={<Freshness readAt={query.dataUpdatedAt} limit={OLD_AFTER} />}>
      <p>{isStaff ? texts.all : texts.mine}</p>
      <EventFilterForm label={texts.type} types={EVENT_TYPES} filter={filter} onChange={change} />
      <p>
        <button type="button" disabled={query.isFetching} onClick={() => query.refetch()}>
          {texts.again}
        </button>
      </p>
      <ReadState error={query.error} onRetry={() => query.refetch()} isRead={items !== undefined} />
      {items?.length === 0 && !query.hasNextPage && (
        <NothingFound
          isFiltered={isFiltered}
          none={texts.none}
          noMatch={texts.noMatch}
          onClear={() => change(NO_EVENT_FILTER)}
        />
      )}
      {items !== undefined && items.length > 0 && <EventTable events={items} />}
      {items !== undefined && <Older query={query} count={items.length} />}
      {mayAnnounce && <Announcement />}
    </Page>
  );
}

function EventTable({ events }: { events: Event[] }) {
  const texts = useTexts(TEXTS);
  const { types } = useTexts(EVENT_WORDS);
  const { language } = useLanguage();
  const now = useNow(60);
  const subject = (event: Event) => {
    const { name, path } = subjectOf(event, language);
    return path === undefined ? name : <Link href={path}>{name}</Link>;
  };
  return (
    <Table
      caption={texts.title}
      rows={events}
      keyOf={({ id }) => id}
      columns={[
        { head: texts.type, cell: ({ type }) => types[type] },
        { head: texts.at, cell: ({ at }) => <Moment at={at} /> },
        { head: texts.subject, cell: subject },
        { head: texts.details, cell: (event) => eventText(event, now, language) },
        { head: texts.notified, cell: ({ quiet }) => (quiet ? texts.quiet : texts.told) },
      ]}
    />
  );
}
