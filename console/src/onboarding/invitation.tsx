//! An invitation with its history, and the decision about it: `/invitations/:id`. For staff.

import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { every } from '../api/beat.ts';
import type { Schemas } from '../api/client.ts';
import { Moment } from '../elements/moment.tsx';
import { Pem } from '../elements/pem.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { Application } from './application.tsx';
import { loadInvitation } from './data.ts';
import { Decision } from './decision.tsx';
import { type Invitation, invitationStatus, stepWord } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: (institution: string) => `Kutse: ${institution}`,
    plain: 'Kutse',
    state: 'Seis',
    institution: 'Asutus',
    email: 'E-posti aadress',
    until: 'Taotlemise tähtaeg',
    apply: 'Taotlemise leht',
    history: 'Menetluse käik',
    at: 'Aeg',
    step: 'Samm',
    by: 'Kes',
    reason: 'Põhjus',
    certificate: 'Sertifikaat',
    serial: 'Seerianumber',
    notAfter: 'Kehtib kuni',
  },
  en: {
    title: (institution: string) => `Invitation: ${institution}`,
    plain: 'Invitation',
    state: 'State',
    institution: 'Institution',
    email: 'E-mail address',
    until: 'Application deadline',
    apply: 'Application page',
    history: 'History',
    at: 'Time',
    step: 'Step',
    by: 'Who',
    reason: 'Reason',
    certificate: 'Certificate',
    serial: 'Serial number',
    notAfter: 'Valid until',
  },
});

export function InvitationPage({ id }: { id: string }) {
  const texts = useTexts(TEXTS);
  const mayDecide = useMay('admin');
  const invitation = useQuery({
    queryKey: ['invitation', id],
    queryFn: () => loadInvitation(id),
    refetchInterval: every(30),
  });
  const { data, error } = invitation;
  return (
    <Page
      title={data === undefined ? texts.plain : texts.title(data.value.institution)}
      aside={<Freshness readAt={invitation.dataUpdatedAt} limit={90} />}
    >
      <ReadState error={error} onRetry={() => invitation.refetch()} isRead={data !== undefined} />
      {data !== undefined && (
        <>
          <State invitation={data.value} />
          {data.value.application !== undefined && (
            <Application application={data.value.application} />
          )}
          {mayDecide && <Decision invitation={data} />}
          <HandedOut invitation={data.value} />
          <History steps={data.value.history} />
        </>
      )}
    </Page>
  );
}

function State({
  invitation: { id, institution, email, status, until },
}: {
  invitation: Invitation;
}) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  return (
    <section class="card" aria-labelledby="state">
      <h2 id="state">{texts.state}</h2>
      <p class="large">{invitationStatus(status, language)}</p>
      <dl>
        <dt>{texts.institution}</dt>
        <dd>
          <Link href={`/institutions/${institution}`}>{institution}</Link>
        </dd>
        <dt>{texts.email}</dt>
        <dd>{email ?? '–'}</dd>
        <dt>{texts.until}</dt>
        <dd>
          <Moment at={until} />
        </dd>
      </dl>
      {status === 'invited' && (
        <p>
          <Link href={`/invitations/${id}/apply`}>{texts.apply}</Link>
        </p>
      )}
    </section>
  );
}

/** The certificate of an approved application. */
export function HandedOut({
  invitation: { certificate, application },
}: {
  invitation: Invitation;
}) {
  const texts = useTexts(TEXTS);
  if (certificate === undefined) return null;
  return (
    <section class="card" aria-labelledby="certificate">
      <h2 id="certificate">{texts.certificate}</h2>
      <dl>
        <dt>{texts.serial}</dt>
        <dd>{certificate.serial}</dd>
        <dt>{texts.notAfter}</dt>
        <dd>
          <Moment at={certificate.notAfter} />
        </dd>
      </dl>
      <Pem pem={certificate.pem} name={`${application?.chatbot.name ?? 'certificate'}.pem`} />
    </section>
  );
}

/** The steps of an invitation. Applicants do not see who made them. */
export function History({ steps }: { steps: Schemas['InvitationStep'][] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  return (
    <section class="card" aria-labelledby="history">
      <h2 id="history">{texts.history}</h2>
      <Table
        caption={texts.history}
        rows={steps}
        keyOf={({ status, at }) => `${status} ${at}`}
        columns={[
          { head: texts.step, cell: ({ status }) => stepWord(status, language) },
          { head: texts.at, cell: ({ at }) => <Moment at={at} /> },
          { head: texts.by, cell: ({ by }) => by ?? '–' },
          { head: texts.reason, cell: ({ reason }) => <bdi>{visible(reason ?? '–')}</bdi> },
        ]}
      />
    </section>
  );
}
