//! An institution with its chatbots: `/institutions/:id`.

import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import { useAction } from '../api/action.ts';
import {
  allPages,
  api,
  dataOf,
  ifMatch,
  type Schemas,
  type Versioned,
  versioned,
} from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { byUrgency } from '../chatbots/filter.ts';
import { ChatbotTable } from '../chatbots/table.tsx';
import { typeWord } from '../chatbots/words.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { EditForm } from '../elements/edit.tsx';
import { Loading } from '../elements/loading.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { visible } from '../elements/visible.ts';
import { catalogue, type Language, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import type { Institution } from './data.ts';
import { INSTITUTION_TEXTS, InstitutionFields } from './fields.tsx';
import { entriesOf, institutionOf, institutionStatus } from './words.ts';

const TEXTS = catalogue({
  et: {
    details: 'Andmed',
    unregistered: 'Sellise tunnusega asutust ei ole registreeritud.',
    pages: 'Asutuse lehed',
    report: 'Aruanne',
    outages: 'Plaanitud katkestused',
    subscriptions: 'Tellimused',
    chatbots: 'Vestlusrobotid',
    noChatbots: 'Asutusel ei ole ühtegi vestlusrobotit. Kutsuge asutus lehel „Kutsed“ liituma.',
    change: 'Muuda andmeid',
    delete: 'Kustuta asutus',
    consequence: (id: string) =>
      `Asutus ${id} kustutatakse. Kui mõni vestlusrobot või osaleja veel temale kuulub, jääb ta alles.`,
  },
  en: {
    details: 'Details',
    unregistered: 'No institution is registered under this id.',
    pages: 'Pages of the institution',
    report: 'Report',
    outages: 'Planned outages',
    subscriptions: 'Subscriptions',
    chatbots: 'Chatbots',
    noChatbots:
      'The institution has no chatbots. Invite the institution to join on the page “Invitations”.',
    change: 'Change the details',
    delete: 'Delete the institution',
    consequence: (id: string) =>
      `The institution ${id} is deleted. It stays if a chatbot or a participant still belongs to it.`,
  },
});

/** Returns the type of the chatbots of an institution as a word. */
export function typeText(type: Schemas['ChatbotType'] | undefined, language: Language): string {
  return type === undefined ? INSTITUTION_TEXTS[language].noType : typeWord(type, language);
}

async function load(institution: string): Promise<Versioned<Institution>> {
  const params = { path: { institution } };
  return versioned(await api.GET('/admin/institutions/{institution}', { params }));
}

export function InstitutionPage({ id }: { id: string }) {
  const texts = useTexts(TEXTS);
  const mayChange = useMay('admin');
  const institution = useQuery({ queryKey: ['institution', id], queryFn: () => load(id) });
  const { data, error } = institution;
  // Chatbots may name an institution that nobody registered.
  const isUnregistered = error instanceof ProblemError && error.status === 404;
  return (
    <Page title={data === undefined ? id : visible(data.value.name)}>
      {error !== null && !isUnregistered && (
        <ProblemNotice error={error} onRetry={() => institution.refetch()} />
      )}
      {data === undefined && error === null && <Loading />}
      {isUnregistered && <p>{texts.unregistered}</p>}
      {data !== undefined && !isUnregistered && <Details institution={data.value} />}
      {(data !== undefined || isUnregistered) && (
        <>
          <Pages institution={id} />
          <Chatbots institution={id} />
        </>
      )}
      {data !== undefined && !isUnregistered && mayChange && (
        <>
          <Change key={id} institution={data} />
          <Delete institution={data} />
        </>
      )}
    </Page>
  );
}

function Pages({ institution }: { institution: string }) {
  const texts = useTexts(TEXTS);
  return (
    <section aria-labelledby="pages">
      <h2 id="pages">{texts.pages}</h2>
      <ul>
        <li>
          <Link href={`/institutions/${institution}/report`}>{texts.report}</Link>
        </li>
        <li>
          <Link href={`/outages?institution=${institution}`}>{texts.outages}</Link>
        </li>
        <li>
          <Link href={`/subscriptions?institution=${institution}`}>{texts.subscriptions}</Link>
        </li>
      </ul>
    </section>
  );
}

function Details({ institution: { id, status, contact, type } }: { institution: Institution }) {
  const texts = useTexts(TEXTS);
  const fields = useTexts(INSTITUTION_TEXTS);
  const { language } = useLanguage();
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">{texts.details}</h2>
      <dl>
        <dt>{fields.id}</dt>
        <dd>{id}</dd>
        <dt>{fields.status}</dt>
        <dd>{institutionStatus(status, language)}</dd>
        <dt>{fields.contact}</dt>
        <dd>{contact ?? '–'}</dd>
        <dt>{fields.type}</dt>
        <dd>{typeText(type, language)}</dd>
      </dl>
    </section>
  );
}

function Chatbots({ institution }: { institution: string }) {
  const texts = useTexts(TEXTS);
  const { data, error, refetch, dataUpdatedAt } = useQuery({
    queryKey: ['chatbots', 'institution', institution],
    queryFn: () =>
      allPages(
        async (cursor) => {
          const query = { institution, limit: 100, ...(cursor && { cursor }) };
          return dataOf(await api.GET('/chatbots', { params: { query } }));
        },
        (page) => page.chatbots,
      ),
  });
  return (
    <section aria-labelledby="chatbots">
      <h2 id="chatbots">{texts.chatbots}</h2>
      <ReadState error={error} onRetry={() => refetch()} isRead={data !== undefined} rows={3} />
      {data?.length === 0 && <p>{texts.noChatbots}</p>}
      {data !== undefined && data.length > 0 && (
        <>
          <Freshness readAt={dataUpdatedAt} limit={60} />
          <ChatbotTable chatbots={byUrgency(data)} caption={texts.chatbots} />
        </>
      )}
    </section>
  );
}

function Change({ institution }: { institution: Versioned<Institution> }) {
  const texts = useTexts(TEXTS);
  const { id } = institution.value;
  return (
    <section class="card" aria-labelledby="change">
      <h2 id="change">{texts.change}</h2>
      <EditForm
        loaded={institution}
        load={() => load(id)}
        entriesOf={entriesOf}
        labels={useTexts(INSTITUTION_TEXTS)}
        fields={(entries) => <InstitutionFields entries={entries} />}
        save={async (changes, { value, etag }) => {
          // What others changed meanwhile stays: the whole institution is replaced.
          const body = institutionOf({ ...entriesOf(value), ...changes });
          const params = { path: { institution: id }, header: ifMatch(etag) };
          return versioned(await api.PUT('/admin/institutions/{institution}', { params, body }));
        }}
        keys={[['institution', id], ['institutions']]}
      />
    </section>
  );
}

function Delete({ institution: { value, etag } }: { institution: Versioned<Institution> }) {
  const texts = useTexts(TEXTS);
  const [, navigate] = useLocation();
  const { id } = value;
  const remove = useAction(
    async () => {
      const params = { path: { institution: id }, header: ifMatch(etag) };
      await api.DELETE('/admin/institutions/{institution}', { params });
      navigate('/institutions');
    },
    ['institution', id],
    ['institutions'],
  );
  return (
    <section class="card" aria-labelledby="delete">
      <h2 id="delete">{texts.delete}</h2>
      <p>
        <ConfirmButton
          action={texts.delete}
          consequence={texts.consequence(id)}
          name={id}
          onConfirm={() => remove.mutateAsync()}
        />
      </p>
    </section>
  );
}
