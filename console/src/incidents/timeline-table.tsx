//! The timeline of an incident, oldest first.

import { EVENT_WORDS } from '../alerts/event-words.ts';
import { Loading } from '../elements/loading.tsx';
import { Moment, useNow } from '../elements/moment.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { observerName } from '../health/why.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useTimeline } from './data.ts';
import { IncidentLink } from './facts.tsx';
import { author, conditionWord, type Entry, entryWords, type Note, noteWords } from './timeline.ts';
import { stateWord } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Ajajoon',
    none: 'Ajajoonel ei ole veel midagi.',
    at: 'Aeg',
    by: 'Kes',
    what: 'Mis juhtus',
    state: 'Intsidendi olek',
    condition: 'Vestlusrobot',
    since: 'alates',
    events: 'Viimased sündmused',
    observers: 'Vaatlejad',
    silent: 'on vait, viimane teade',
    seen: 'viimane teade',
    failure: 'viimane viga',
    next: 'Järgmine proovipäring',
  },
  en: {
    title: 'Timeline',
    none: 'The timeline has no entry yet.',
    at: 'Time',
    by: 'Who',
    what: 'What happened',
    state: 'State of the incident',
    condition: 'Chatbot',
    since: 'since',
    events: 'Latest events',
    observers: 'Observers',
    silent: 'stopped reporting, last report',
    seen: 'last report',
    failure: 'last failure',
    next: 'Next probe',
  },
});

export function TimelineSection({ id, isOver }: { id: string; isOver: boolean }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const timeline = useTimeline(id, isOver);
  const rows = (timeline.data ?? []).map((entry, position) => ({ entry, position }));
  return (
    <section class="card" aria-labelledby="timeline">
      <h2 id="timeline">{texts.title}</h2>
      {timeline.error !== null && (
        <ProblemNotice error={timeline.error} onRetry={() => timeline.refetch()} />
      )}
      {timeline.isPending && <Loading />}
      {timeline.data?.length === 0 && <p>{texts.none}</p>}
      {rows.length > 0 && (
        <Table
          caption={texts.title}
          rows={rows}
          keyOf={({ position }) => String(position)}
          columns={[
            { head: texts.at, cell: ({ entry }) => <Moment at={entry.at} /> },
            { head: texts.by, cell: ({ entry }) => author(entry, language) },
            { head: texts.what, cell: ({ entry }) => <Content entry={entry} /> },
          ]}
        />
      )}
    </section>
  );
}

function Content({ entry }: { entry: Entry }) {
  const { language } = useLanguage();
  const now = useNow(60);
  const words = entryWords(entry, now, language);
  const other = entry.into ?? entry.from;
  if (entry.triage !== undefined) return <Triage note={entry.triage} title={words} />;
  return (
    <>
      <bdi>{visible(words)}</bdi> {other !== undefined && <IncidentLink id={other} />}
    </>
  );
}

function Triage({ note, title }: { note: Note; title: string }) {
  const texts = useTexts(TEXTS);
  const { types } = useTexts(EVENT_WORDS);
  const { language } = useLanguage();
  return (
    <details>
      <summary>{title}</summary>
      <dl>
        <dt>{texts.state}</dt>
        <dd>{stateWord(note.state, language)}</dd>
        <dt>{texts.condition}</dt>
        <dd>
          {conditionWord(note.condition.status, language)} ({texts.since}{' '}
          <Moment at={note.condition.since} />)
        </dd>
        <dt>{texts.observers}</dt>
        <dd>
          <Observers observers={note.observers} />
        </dd>
        <dt>{texts.events}</dt>
        <dd>
          {note.events.length === 0 && '–'}
          <ul>
            {note.events.map((one) => (
              <li key={`${one.at}-${one.type}`}>
                <Moment at={one.at} /> {types[one.type]}
              </li>
            ))}
          </ul>
        </dd>
        {note.probes?.next !== undefined && (
          <>
            <dt>{texts.next}</dt>
            <dd>
              <Moment at={note.probes.next} />
            </dd>
          </>
        )}
      </dl>
      <p>{noteWords(note, language).join(' ')}</p>
    </details>
  );
}

function Observers({ observers }: { observers: Note['observers'] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  if (observers.length === 0) return <>–</>;
  return (
    <ul>
      {observers.map((one) => (
        <li key={one.observer}>
          {observerName(one.observer, language)}: {one.silent ? texts.silent : texts.seen}{' '}
          <Moment at={one.lastSeen} />
          {one.lastFailure !== undefined && (
            <>
              , {texts.failure} <Moment at={one.lastFailure} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
