//! The applications of the person who is signed in: `/applications`. For everybody, whatever the roles.

import { Link } from 'wouter';
import { Loading } from '../elements/loading.tsx';
import { Moment } from '../elements/moment.tsx';
import { Older } from '../elements/older.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { useOwnInvitations } from './data.ts';
import { invitationStatus, nextStep } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Minu taotlused',
    none: 'Te ei ole ühtegi taotlust esitanud. Taotlemiseks avage link, mis on kutse e-kirjas.',
    chatbot: 'Vestlusrobot',
    institution: 'Asutus',
    status: 'Olek',
    submitted: 'Esitatud',
    next: 'Järgmine samm',
    reason: 'Põhjus',
  },
  en: {
    title: 'My applications',
    none: 'You have not submitted an application. To apply, open the link in the invitation e-mail.',
    chatbot: 'Chatbot',
    institution: 'Institution',
    status: 'Status',
    submitted: 'Submitted',
    next: 'Next step',
    reason: 'Reason',
  },
});

export function OwnApplicationsPage() {
  const texts = useTexts(TEXTS);
  const { query } = useOwnInvitations();
  return (
    <Page title={texts.title} aside={<Freshness readAt={query.dataUpdatedAt} limit={90} />}>
      <OwnApplications />
    </Page>
  );
}

/** The applications below a heading, for a page about something else. */
export function OwnApplicationsPart() {
  const texts = useTexts(TEXTS);
  return (
    <section aria-labelledby="applications">
      <h2 id="applications">{texts.title}</h2>
      <OwnApplications />
    </section>
  );
}

function OwnApplications() {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const { query, items } = useOwnInvitations();
  if (items === undefined) {
    return query.error === null ? (
      <Loading />
    ) : (
      <ProblemNotice error={query.error} onRetry={() => query.refetch()} />
    );
  }
  return (
    <>
      {query.error !== null && (
        <ProblemNotice error={query.error} onRetry={() => query.refetch()} />
      )}
      {items.length === 0 && !query.hasNextPage && <p>{texts.none}</p>}
      <Table
        caption={texts.title}
        rows={items}
        keyOf={({ id }) => id}
        columns={[
          {
            head: texts.chatbot,
            cell: ({ id, chatbot }) => <Link href={`/invitations/${id}/apply`}>{chatbot}</Link>,
          },
          { head: texts.institution, cell: ({ institution }) => institution },
          { head: texts.status, cell: ({ status }) => invitationStatus(status, language) },
          { head: texts.submitted, cell: ({ submittedAt }) => <Moment at={submittedAt} /> },
          { head: texts.next, cell: (one) => nextStep(one.nextStep, language) },
          { head: texts.reason, cell: ({ reason }) => <bdi>{visible(reason ?? '–')}</bdi> },
        ]}
      />
      <Older query={query} count={items.length} />
    </>
  );
}
