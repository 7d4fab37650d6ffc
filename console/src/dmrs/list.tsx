//! The observers of the network, which are its DMRs: `/observers`.

import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { every } from '../api/beat.ts';
import { api, dataOf } from '../api/client.ts';
import { useNetwork } from '../chatbots/data.ts';
import { Moment } from '../elements/moment.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useIsStaff, useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { type Dmr, type DmrHealth, healthQuery, OLD_AFTER } from './data.ts';
import { NewDmr } from './new.tsx';
import { clientVersion, dmrStatus, reporting, tableRevision, usualInterval } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'DMR-id',
    explanation: 'DMR-id viivad sõnumid vestlusrobotiteni ja teatavad, kuidas need vastasid.',
    silent: (count: number) => (count === 1 ? '1 DMR on vait.' : `${count} DMR-i on vait.`),
    allReport: 'Ükski DMR ei ole vait jäänud.',
    none: 'Ühtegi DMR-i ei ole veel registreeritud. DMR-i registreerib administraator.',
    name: 'DMR',
    state: 'Teated',
    status: 'Luba',
    last: 'Viimane teade',
    usual: 'Tavaline vahe',
    revision: 'Marsruuditabel',
    version: 'Tarkvara',
    institution: 'Asutus',
    failed: 'Ei õnnestunud lugeda',
  },
  en: {
    title: 'DMRs',
    explanation: 'DMRs deliver messages to chatbots and report how these answered.',
    silent: (count: number) =>
      count === 1 ? '1 DMR stopped reporting.' : `${count} DMRs stopped reporting.`,
    allReport: 'No DMR has stopped reporting.',
    none: 'No DMR is registered yet. An administrator registers them.',
    name: 'DMR',
    state: 'Reports',
    status: 'Permission',
    last: 'Last report',
    usual: 'Usual interval',
    revision: 'Route table',
    version: 'Software',
    institution: 'Institution',
    failed: 'Could not be read',
  },
});

export function ObserverList() {
  const texts = useTexts(TEXTS);
  const mayRegister = useMay('admin');
  const isStaff = useIsStaff();
  const network = useNetwork(isStaff);
  const dmrs = useQuery({
    queryKey: ['dmrs'],
    queryFn: async () => dataOf(await api.GET('/dmrs')).dmrs,
    refetchInterval: every(30),
  });
  const all = dmrs.data ?? [];
  const healths = useQueries({ queries: all.map(({ name }) => healthQuery(name)) });
  const silent = healths.filter(({ data }) => data?.silent).length;
  const isRead = healths.every(({ data }) => data !== undefined);
  const error = dmrs.error ?? healths.find((one) => one.error !== null)?.error ?? null;
  const readAt = Math.min(dmrs.dataUpdatedAt, ...healths.map((one) => one.dataUpdatedAt));
  return (
    <Page title={texts.title} aside={<Freshness readAt={readAt} limit={OLD_AFTER} />}>
      <p class="quiet">{texts.explanation}</p>
      <ReadState error={error} onRetry={() => dmrs.refetch()} isRead={dmrs.data !== undefined} />
      {dmrs.data?.length === 0 && <p>{texts.none}</p>}
      {all.length > 0 && (
        <>
          <p role="status">
            {silent > 0 && <strong class="warning">{texts.silent(silent)}</strong>}
            {silent === 0 && isRead && texts.allReport}
          </p>
          <DmrTable
            rows={all.map((dmr, index) => ({
              dmr,
              health: healths[index]?.data,
              isFailed: healths[index]?.isError ?? false,
            }))}
            revision={network.data?.revision}
          />
        </>
      )}
      {mayRegister && <NewDmr />}
    </Page>
  );
}

interface Row {
  dmr: Dmr;
  health: DmrHealth | undefined;
  isFailed: boolean;
}

function DmrTable({ rows, revision }: { rows: Row[]; revision: number | undefined }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const state = ({ health, isFailed }: Row) => {
    if (health === undefined) return isFailed ? texts.failed : '…';
    const word = reporting(health, language);
    return health.silent ? <strong class="warning">{word}</strong> : word;
  };
  const of = (health: DmrHealth | undefined, text: (health: DmrHealth) => string) =>
    health === undefined ? '–' : text(health);
  return (
    <Table
      caption={texts.title}
      rows={rows}
      keyOf={({ dmr }) => dmr.name}
      columns={[
        {
          head: texts.name,
          cell: ({ dmr: { name } }) => <Link href={`/observers/${name}`}>{name}</Link>,
        },
        { head: texts.state, cell: state },
        { head: texts.status, cell: ({ dmr }) => dmrStatus(dmr.status, language) },
        {
          head: texts.last,
          cell: ({ health }) => (health?.lastSeen ? <Moment at={health.lastSeen} /> : '–'),
        },
        {
          head: texts.usual,
          cell: ({ health }) => of(health, (one) => usualInterval(one, language)),
        },
        {
          head: texts.revision,
          cell: ({ health }) => of(health, (one) => tableRevision(one, revision, language)),
        },
        {
          head: texts.version,
          cell: ({ health }) => of(health, (one) => clientVersion(one, language)),
        },
        { head: texts.institution, cell: ({ dmr }) => dmr.institution },
      ]}
    />
  );
}
