//! The audit trail: who did what, newest first: `/audit`.

import { useEffect, useState } from 'preact/hooks';
import { useLocation, useSearch } from 'wouter';
import { api, dataOf } from '../api/client.ts';
import { usePages } from '../api/pages.ts';
import { NothingFound } from '../elements/nothing-found.tsx';
import { Older } from '../elements/older.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import {
  type AuditFilter,
  auditFilterOf,
  auditQueryOf,
  auditSearchOf,
  NO_AUDIT_FILTER,
} from './filter.ts';
import { FilterForm } from './filter-form.tsx';
import { RecordCard } from './record.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Auditijälg',
    about:
      'Kõik muudatused, keelatud toimingud ja sisselogimised 400 päeva jooksul. Kirjeid ei saa muuta ega kustutada.',
    day: 'Näidatakse viimast 24 tundi. Vestlusroboti või inimese järgi saab vaadata kõiki kirjeid, aja järgi kuni 31 päeva korraga.',
    lag: 'Kõige uuemad kirjed võivad hetkeks puududa.',
    none: 'Selle aja jooksul ei ole kirjeid.',
    noMatch: 'Ükski kirje ei vasta filtrile.',
    again: 'Loe uuesti',
    records: 'Kirjed',
  },
  en: {
    title: 'Audit trail',
    about:
      'All changes, refused operations and sign-ins of 400 days. Records can be neither changed nor removed.',
    day: 'The last 24 hours are shown. By chatbot or person all records can be seen, by time up to 31 days at once.',
    lag: 'The newest records may be missing for a moment.',
    none: 'There are no records of this time.',
    noMatch: 'No record matches the filter.',
    again: 'Read again',
    records: 'Records',
  },
});

/** The age in seconds from which on records are marked as old. They are read again when the reader asks for it. */
const OLD_AFTER = 300;

export function AuditList() {
  const texts = useTexts(TEXTS);
  const { filter, change } = useAuditFilter();
  const { chatbot, person, from, to } = filter;
  const { query, items } = usePages(
    ['audit', chatbot, person, from, to],
    async (cursor) => {
      const query = { ...auditQueryOf(filter), ...(cursor && { cursor }) };
      return dataOf(await api.GET('/audit', { params: { query } }));
    },
    (page) => page.records,
  );
  const isFiltered = Object.values(filter).some((value) => value !== '');
  const isByIndex = chatbot !== '' || person !== '';
  return (
    <Page title={texts.title} aside={<Freshness readAt={query.dataUpdatedAt} limit={OLD_AFTER} />}>
      <p>{texts.about}</p>
      <FilterForm key={Object.values(filter).join(' ')} filter={filter} onChange={change} />
      {!isFiltered && <p class="quiet">{texts.day}</p>}
      {isByIndex && <p class="quiet">{texts.lag}</p>}
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
          onClear={() => change(NO_AUDIT_FILTER)}
        />
      )}
      {items !== undefined && items.length > 0 && (
        <section aria-labelledby="records">
          <h2 id="records">{texts.records}</h2>
          {items.map((record) => (
            <RecordCard
              key={record.id}
              record={record}
              onPerson={(name) => change({ ...NO_AUDIT_FILTER, person: name })}
            />
          ))}
        </section>
      )}
      {items !== undefined && <Older query={query} count={items.length} />}
    </Page>
  );
}

/** Returns the filter and its change. The person is in memory only; from an address that has one it is removed. */
function useAuditFilter() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const [person, setPerson] = useState('');
  const filter = auditFilterOf(search, person);
  const change = (next: AuditFilter) => {
    setPerson(next.person);
    navigate(`/audit${auditSearchOf(next)}`, { replace: true });
  };
  useEffect(() => {
    if (new URLSearchParams(search).has('person'))
      navigate(`/audit${auditSearchOf(auditFilterOf(search, ''))}`, { replace: true });
  }, [search, navigate]);
  return { filter, change };
}
