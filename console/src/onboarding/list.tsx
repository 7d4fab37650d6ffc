//! The invitations: `/invitations?status=`.

import { Link, useLocation, useSearch } from 'wouter';
import { FilterChoice } from '../elements/filter-choice.tsx';
import { Moment } from '../elements/moment.tsx';
import { Older } from '../elements/older.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { useInvitations, useWaiting } from './data.ts';
import { NewInvitation } from './new.tsx';
import {
  type Invitation,
  invitationStatus,
  invitationStatuses,
  lastStep,
  statusOf,
} from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Kutsed',
    waiting: (count: number) =>
      count === 1 ? '1 taotlus ootab otsust' : `${count} taotlust ootab otsust`,
    noneWaits: 'Ükski taotlus ei oota otsust.',
    status: 'Olek',
    institution: 'Asutus',
    chatbot: 'Vestlusrobot',
    changed: 'Olek alates',
    until: 'Taotlemise tähtaeg',
    none: 'Viimase 400 päeva jooksul ei ole ühtegi asutust kutsutud. Kutse saadab administraator.',
    noMatch: 'Selles olekus kutseid ei ole. Valige teine olek.',
  },
  en: {
    title: 'Invitations',
    waiting: (count: number) =>
      count === 1
        ? '1 application waits for a decision'
        : `${count} applications wait for a decision`,
    noneWaits: 'No application waits for a decision.',
    status: 'Status',
    institution: 'Institution',
    chatbot: 'Chatbot',
    changed: 'Since',
    until: 'Application deadline',
    none: 'No institution was invited within the last 400 days. An administrator sends invitations.',
    noMatch: 'There are no invitations of this status. Choose another status.',
  },
});

export function InvitationList() {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const mayInvite = useMay('admin');
  const [, navigate] = useLocation();
  const status = statusOf(useSearch());
  const waiting = useWaiting();
  const { query, items } = useInvitations(status);
  return (
    <Page title={texts.title} aside={<Freshness readAt={query.dataUpdatedAt} limit={90} />}>
      {mayInvite && <NewInvitation />}
      {waiting.data !== undefined && (
        <p role="status">
          {waiting.data === 0 && texts.noneWaits}
          {waiting.data > 0 && (
            <Link href="/invitations?status=submitted">
              <strong>{texts.waiting(waiting.data)}</strong>
            </Link>
          )}
        </p>
      )}
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <FilterChoice
          label={texts.status}
          value={status ?? ''}
          options={invitationStatuses(language)}
          onChange={(chosen) =>
            navigate(`/invitations${chosen === '' ? '' : `?status=${chosen}`}`, { replace: true })
          }
        />
      </form>
      <ReadState error={query.error} onRetry={() => query.refetch()} isRead={items !== undefined} />
      {items !== undefined && (
        <>
          {items.length > 0 && <InvitationTable invitations={items} />}
          {items.length === 0 && !query.hasNextPage && (
            <p>{status === undefined ? texts.none : texts.noMatch}</p>
          )}
          <Older query={query} count={items.length} />
        </>
      )}
    </Page>
  );
}

function InvitationTable({ invitations }: { invitations: Invitation[] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const changedAt = (invitation: Invitation) => lastStep(invitation)?.at ?? invitation.until;
  return (
    <Table
      caption={texts.title}
      rows={invitations}
      keyOf={({ id }) => id}
      columns={[
        {
          head: texts.institution,
          cell: ({ id, institution }) => <Link href={`/invitations/${id}`}>{institution}</Link>,
        },
        { head: texts.status, cell: ({ status }) => invitationStatus(status, language) },
        { head: texts.changed, cell: (one) => <Moment at={changedAt(one)} /> },
        { head: texts.chatbot, cell: ({ application }) => application?.chatbot.name ?? '–' },
        {
          head: texts.until,
          cell: ({ status, until }) => (status === 'invited' ? <Moment at={until} /> : '–'),
        },
      ]}
    />
  );
}
