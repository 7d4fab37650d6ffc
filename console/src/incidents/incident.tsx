//! An incident: what is known, what is being done, and what happened: `/incidents/:id`.

import { Loading } from '../elements/loading.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { Advice } from './advice.tsx';
import { OLD_AFTER, useIncident, useMembers } from './data.ts';
import { Causes, Facts } from './facts.tsx';
import { IncidentPages } from './table.tsx';
import { TimelineSection } from './timeline-table.tsx';
import { type Incident, isOver, subject } from './words.ts';
import { Work } from './work.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Intsident',
    members: 'Liikmed',
    noMembers: 'Ühtegi vestlusroboti intsidenti ei ole selle võrguintsidendi alla kogutud.',
  },
  en: {
    title: 'Incident',
    members: 'Members',
    noMembers: 'No incident of a chatbot is part of this network incident.',
  },
});

export function IncidentPage({ id }: { id: string }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const incident = useIncident(id);
  const value = incident.data?.value;
  return (
    <Page
      title={value === undefined ? texts.title : `${texts.title}: ${subject(value, language)}`}
      aside={<Freshness readAt={incident.dataUpdatedAt} limit={OLD_AFTER} />}
    >
      {incident.error !== null && (
        <ProblemNotice error={incident.error} onRetry={() => incident.refetch()} />
      )}
      {incident.isPending && <Loading />}
      {incident.data !== undefined && <Sections {...incident.data} key={id} />}
    </Page>
  );
}

function Sections({ value, etag }: { value: Incident; etag: string | undefined }) {
  return (
    <>
      <Facts incident={value} />
      <Causes incident={value} />
      {value.advice !== undefined && <Advice advice={value.advice} />}
      <Work value={value} etag={etag} />
      {value.kind === 'network' && <Members id={value.id} />}
      <TimelineSection id={value.id} isOver={isOver(value)} />
    </>
  );
}

function Members({ id }: { id: string }) {
  const texts = useTexts(TEXTS);
  const members = useMembers(id);
  return (
    <section class="card" aria-labelledby="members">
      <h2 id="members">{texts.members}</h2>
      {members.query.error !== null && (
        <ProblemNotice error={members.query.error} onRetry={() => members.query.refetch()} />
      )}
      {members.query.isPending && <Loading />}
      <IncidentPages pages={members} caption={texts.members} none={texts.noMembers} />
    </section>
  );
}
