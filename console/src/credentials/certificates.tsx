//! The issued certificates, with those marked that end soon.

import { useEffect } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { usePages } from '../api/pages.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { Moment, useNow } from '../elements/moment.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { number } from '../language/format.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { type Filter, queryOf } from './filter.ts';
import { daysTo, type Validity, validities } from './validity.ts';
import { CREDENTIAL_TEXTS, profileWord } from './words.ts';

type Certificate = Schemas['Certificate'];

interface Texts {
  title: string;
  serial: string;
  ends: string;
  states: Record<Exclude<Validity, 'ending' | 'revoked'>, string>;
  ending: (days: number) => string;
  none: string;
  noneEnding: string;
  read: (count: string, isEnd: boolean) => string;
  consequence: (holder: string, serial: string) => string;
}

const TEXTS = catalogue<Texts>({
  et: {
    title: 'Sertifikaadid',
    serial: 'Seerianumber',
    ends: 'Kehtib kuni',
    states: { valid: 'Kehtib', replaced: 'Kehtib, on asendatud uuemaga', ended: 'Lõppenud' },
    ending: (days) =>
      days === 0 ? 'Lõpeb vähem kui ööpäeva pärast' : `Lõpeb ${days} päeva pärast`,
    none: 'Selliseid sertifikaate ei ole. Vestlusrobot saab esimese taotlusega, DMR siit lehelt.',
    noneEnding: 'Loetud sertifikaatide hulgas ei lõpe ükski 30 päeva jooksul asendamata.',
    read: (count, isEnd) =>
      isEnd ? `Loetud sertifikaate: ${count}.` : `Loetud sertifikaate: ${count}, loen edasi…`,
    consequence: (holder, serial) =>
      `Päringutest sertifikaadiga ${serial} (${holder}) keeldutakse kohe. DMR-i viimase kehtiva sertifikaadiga lõpeb ka tema marsruutide tellimus. Seda ei saa tagasi võtta.`,
  },
  en: {
    title: 'Certificates',
    serial: 'Serial number',
    ends: 'Valid until',
    states: { valid: 'Valid', replaced: 'Valid, replaced by a newer one', ended: 'Ended' },
    ending: (days) =>
      days === 0 ? 'Ends in less than a day' : `Ends in ${days} ${days === 1 ? 'day' : 'days'}`,
    none: 'There are no such certificates. A chatbot gets its first one by its application, a DMR on this page.',
    noneEnding: 'None of the certificates that were read ends within 30 days unreplaced.',
    read: (count, isEnd) =>
      isEnd ? `Certificates read: ${count}.` : `Certificates read: ${count}, reading on…`,
    consequence: (holder, serial) =>
      `Requests with the certificate ${serial} (${holder}) are refused at once. The route subscription of a DMR ends with its last valid certificate. This cannot be undone.`,
  },
});

export function Certificates({ filter }: { filter: Filter }) {
  const texts = useTexts(TEXTS);
  const words = useTexts(CREDENTIAL_TEXTS);
  const { language } = useLanguage();
  const now = useNow(60);
  const { query, items } = usePages(
    ['certificates', filter.profile, filter.name],
    async (cursor) => {
      const params = { query: { ...queryOf(filter), limit: 100, ...(cursor && { cursor }) } };
      return dataOf(await api.GET('/certificates', { params }));
    },
    (page) => page.certificates,
  );
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  // The list is not ordered by time, so those that end soon are known when all are read.
  const isReadingOn = filter.isEnding && hasNextPage && !isError;
  useEffect(() => {
    if (isReadingOn && !isFetching) fetchNextPage();
  }, [isReadingOn, isFetching, fetchNextPage]);
  const states = validities(items ?? [], now);
  const shown = (items ?? []).filter(
    ({ serial }) => !filter.isEnding || states.get(serial) === 'ending',
  );
  return (
    <section aria-labelledby="certificates">
      <h2 id="certificates">{texts.title}</h2>
      <Freshness readAt={query.dataUpdatedAt} limit={600} />
      <ReadState
        error={query.error}
        onRetry={() => query.refetch()}
        isRead={items !== undefined}
        rows={4}
      />
      {items !== undefined && filter.isEnding && (
        <p role="status">{texts.read(number(items.length, language), !hasNextPage)}</p>
      )}
      {shown.length > 0 && <CertificateTable certificates={shown} states={states} now={now} />}
      {items !== undefined && shown.length === 0 && !hasNextPage && (
        <p>{filter.isEnding ? texts.noneEnding : texts.none}</p>
      )}
      {hasNextPage && !isReadingOn && (
        <p>
          <button type="button" disabled={isFetching} onClick={() => fetchNextPage()}>
            {words.more}
          </button>
        </p>
      )}
    </section>
  );
}

interface TableProps {
  certificates: Certificate[];
  states: Map<string, Validity>;
  now: Date;
}

function CertificateTable({ certificates, states, now }: TableProps) {
  const texts = useTexts(TEXTS);
  const words = useTexts(CREDENTIAL_TEXTS);
  const { language } = useLanguage();
  const mayRevoke = useMay('admin');
  const state = ({ serial, notAfter, revocationReason }: Certificate) => {
    const validity = states.get(serial) ?? 'valid';
    if (validity === 'revoked') return <bdi>{words.revoked(visible(revocationReason ?? ''))}</bdi>;
    if (validity !== 'ending') return texts.states[validity];
    return <strong class="warning">{texts.ending(daysTo(notAfter, now))}</strong>;
  };
  return (
    <Table
      caption={texts.title}
      rows={certificates}
      keyOf={({ serial }) => serial}
      columns={[
        { head: words.holder, cell: ({ name }) => name },
        { head: words.profile, cell: ({ profile }) => profileWord(profile, language) },
        { head: words.state, cell: state },
        { head: texts.ends, cell: ({ notAfter }) => <Moment at={notAfter} /> },
        { head: words.issued, cell: ({ issuedAt }) => <Moment at={issuedAt} /> },
        { head: texts.serial, cell: ({ serial }) => <code>{serial}</code> },
        ...(mayRevoke
          ? [
              {
                head: words.action,
                cell: (one: Certificate) =>
                  one.revokedAt === undefined &&
                  states.get(one.serial) !== 'ended' && <Revoke certificate={one} />,
              },
            ]
          : []),
      ]}
    />
  );
}

function Revoke({ certificate: { profile, name, serial } }: { certificate: Certificate }) {
  const texts = useTexts(TEXTS);
  const words = useTexts(CREDENTIAL_TEXTS);
  const revoke = useAction(
    (reason: string) => {
      const params = { path: { profile, holder: name, serial } };
      const path = '/certificates/{profile}/{holder}/{serial}/revocation';
      return api.PUT(path, { params, body: { reason } });
    },
    ['certificates'],
  );
  return (
    <ConfirmButton
      action={words.revoke}
      consequence={texts.consequence(name, serial)}
      asksReason
      onConfirm={(reason) => revoke.mutateAsync(reason)}
    />
  );
}
