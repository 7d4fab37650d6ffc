//! A table of incidents: its pages that were read so far, and the way to older ones.

import { Link } from 'wouter';
import type { Schemas } from '../api/client.ts';
import type { usePages } from '../api/pages.ts';
import { Moment, useNow } from '../elements/moment.tsx';
import { Older } from '../elements/older.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useIsStaff } from '../session/session.tsx';
import { familyWord, type Incident, kindWord, lasted, stateWord, subject } from './words.ts';

const TEXTS = catalogue({
  et: {
    incident: 'Intsident',
    state: 'Olek',
    began: 'Algas',
    lasted: 'Kestis',
    reason: 'Põhjus',
    institution: 'Asutus',
    worker: 'Tegeleja',
    acknowledged: 'Teadmiseks võetud',
    until: 'kuni',
  },
  en: {
    incident: 'Incident',
    state: 'State',
    began: 'Began',
    lasted: 'Lasted',
    reason: 'Cause',
    institution: 'Institution',
    worker: 'Who works on it',
    acknowledged: 'Acknowledged',
    until: 'until',
  },
});

interface Props {
  incidents: Incident[];
  caption: string;
}

export function IncidentTable({ incidents, caption }: Props) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const now = useNow();
  const isStaff = useIsStaff();
  const reason = (one: Incident) =>
    one.kind === 'network'
      ? kindWord(one.kind, language)
      : one.family && familyWord(one.family, language);
  return (
    <Table
      caption={caption}
      rows={incidents}
      keyOf={(one) => one.id}
      columns={[
        {
          head: texts.incident,
          cell: (one) => <Link href={`/incidents/${one.id}`}>{subject(one, language)}</Link>,
        },
        { head: texts.state, cell: (one) => stateWord(one.state, language) },
        { head: texts.began, cell: (one) => <Moment at={one.began} /> },
        { head: texts.lasted, cell: (one) => lasted(one, now, language) },
        { head: texts.reason, cell: reason },
        { head: texts.institution, cell: (one) => one.institution },
        ...(isStaff
          ? [{ head: texts.worker, cell: (one: Incident) => <Worker incident={one} /> }]
          : []),
      ]}
    />
  );
}

/** Who works on an incident: the assignee, or who acknowledged it. */
export function Worker({ incident }: { incident: Incident }) {
  const texts = useTexts(TEXTS);
  const { assignee, acknowledged } = incident;
  if (acknowledged === undefined) return <>{assignee ?? '–'}</>;
  return (
    <>
      {assignee ?? acknowledged.by ?? texts.acknowledged} ({texts.until}{' '}
      <Moment at={acknowledged.until} />)
    </>
  );
}

interface PagesProps {
  pages: ReturnType<typeof usePages<Schemas['IncidentPage'], Incident>>;
  caption: string;
  /** The sentence that stands instead of no incidents. */
  none: string;
}

/** The incidents of the pages that were read, and a button for the next page. */
export function IncidentPages({ pages: { items, query }, caption, none }: PagesProps) {
  return (
    <>
      {/* A page may have no incident though others follow it. */}
      {items?.length === 0 && !query.hasNextPage && <p>{none}</p>}
      {items !== undefined && items.length > 0 && (
        <IncidentTable incidents={items} caption={caption} />
      )}
      {items !== undefined && <Older query={query} count={items.length} />}
    </>
  );
}
