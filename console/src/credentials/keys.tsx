//! The issued API keys. Their secrets are not stored, so they are not shown.

import { useAction } from '../api/action.ts';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { usePages } from '../api/pages.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { Moment } from '../elements/moment.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { type Filter, queryOf } from './filter.ts';
import { CREDENTIAL_TEXTS, profileWord } from './words.ts';

type ApiKey = Schemas['ApiKey'];

const TEXTS = catalogue({
  et: {
    title: 'API-võtmed',
    id: 'Tunnus',
    valid: 'Kehtib koos sertifikaadiga',
    none: 'Selliseid API-võtmeid ei ole. Neid vajavad ainult esimese ja kolmanda põlvkonna kliendid.',
    consequence: (holder: string, id: string) =>
      `Päringutest API-võtmega ${id} (${holder}) keeldutakse kohe. Seda ei saa tagasi võtta.`,
  },
  en: {
    title: 'API keys',
    id: 'Id',
    valid: 'Valid with a certificate',
    none: 'There are no such API keys. Only clients of the first and third generation need them.',
    consequence: (holder: string, id: string) =>
      `Requests with the API key ${id} (${holder}) are refused at once. This cannot be undone.`,
  },
});

export function Keys({ filter }: { filter: Filter }) {
  const texts = useTexts(TEXTS);
  const words = useTexts(CREDENTIAL_TEXTS);
  const { query, items } = usePages(
    ['api-keys', filter.profile, filter.name],
    async (cursor) => {
      const params = { query: { ...queryOf(filter), limit: 100, ...(cursor && { cursor }) } };
      return dataOf(await api.GET('/api-keys', { params }));
    },
    (page) => page.keys,
  );
  return (
    <section aria-labelledby="keys">
      <h2 id="keys">{texts.title}</h2>
      <Freshness readAt={query.dataUpdatedAt} limit={600} />
      <ReadState
        error={query.error}
        onRetry={() => query.refetch()}
        isRead={items !== undefined}
        rows={2}
      />
      {items?.length === 0 && !query.hasNextPage && <p>{texts.none}</p>}
      {items !== undefined && items.length > 0 && <KeyTable keys={items} />}
      {query.hasNextPage && (
        <p>
          <button type="button" disabled={query.isFetching} onClick={() => query.fetchNextPage()}>
            {words.more}
          </button>
        </p>
      )}
    </section>
  );
}

function KeyTable({ keys }: { keys: ApiKey[] }) {
  const texts = useTexts(TEXTS);
  const words = useTexts(CREDENTIAL_TEXTS);
  const { language } = useLanguage();
  const mayRevoke = useMay('admin');
  const state = ({ revokedAt, revocationReason }: ApiKey) =>
    revokedAt === undefined ? (
      texts.valid
    ) : (
      <bdi>{words.revoked(visible(revocationReason ?? ''))}</bdi>
    );
  return (
    <Table
      caption={texts.title}
      rows={keys}
      keyOf={({ profile, name, id }) => `${profile} ${name} ${id}`}
      columns={[
        { head: words.holder, cell: ({ name }) => name },
        { head: words.profile, cell: ({ profile }) => profileWord(profile, language) },
        { head: words.state, cell: state },
        { head: words.issued, cell: ({ issuedAt }) => <Moment at={issuedAt} /> },
        { head: texts.id, cell: ({ id }) => <code>{id}</code> },
        ...(mayRevoke
          ? [
              {
                head: words.action,
                cell: (one: ApiKey) => one.revokedAt === undefined && <Revoke apiKey={one} />,
              },
            ]
          : []),
      ]}
    />
  );
}

function Revoke({ apiKey: { profile, name, id } }: { apiKey: ApiKey }) {
  const texts = useTexts(TEXTS);
  const words = useTexts(CREDENTIAL_TEXTS);
  const revoke = useAction(
    (reason: string) => {
      const params = { path: { profile, holder: name, key: id } };
      return api.PUT('/api-keys/{profile}/{holder}/{key}/revocation', { params, body: { reason } });
    },
    ['api-keys'],
  );
  return (
    <ConfirmButton
      action={words.revoke}
      consequence={texts.consequence(name, id)}
      asksReason
      onConfirm={(reason) => revoke.mutateAsync(reason)}
    />
  );
}
