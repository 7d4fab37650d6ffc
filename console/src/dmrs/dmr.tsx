//! A DMR: whether it reports, and what can be done: `/observers/:name`.

import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { api, ifMatch, type Versioned, versioned } from '../api/client.ts';
import { useNetwork } from '../chatbots/data.ts';
import { EditForm } from '../elements/edit.tsx';
import { Moment } from '../elements/moment.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { number } from '../language/format.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useIsStaff, useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { DmrActions } from './actions.tsx';
import { type Dmr, type DmrHealth, healthQuery, loadDmr, OLD_AFTER } from './data.ts';
import { DMR_TEXTS, DmrFields } from './new.tsx';
import {
  clientVersion,
  dmrStatus,
  entriesOf,
  reporting,
  tableRevision,
  usualInterval,
} from './words.ts';

const TEXTS = catalogue({
  et: {
    health: 'Teated',
    last: 'Viimane teade',
    usual: 'Tavaline vahe',
    revision: 'Marsruuditabeli versioon',
    version: 'Tarkvara versioon',
    unsettled: 'Lahendamata teadetega vestlusroboteid',
    unsettledNote:
      'Osa teadete salvestamine jäi pooleli. Kuni see lahendatakse, jõuavad uued teated nende vestlusrobotite kohta kohale hiljem.',
    details: 'Andmed',
    status: 'Luba',
    registered: 'Registreeritud',
    changed: 'Muudetud',
    change: 'Muuda andmeid',
    credentials: 'Sertifikaadid ja API-võtmed',
  },
  en: {
    health: 'Reports',
    last: 'Last report',
    usual: 'Usual interval',
    revision: 'Revision of the route table',
    version: 'Version of its software',
    unsettled: 'Chatbots with unsettled reports',
    unsettledNote:
      'Some reports could not be saved for certain. Until this is settled, new reports about these chatbots come later.',
    details: 'Details',
    status: 'Permission',
    registered: 'Registered',
    changed: 'Changed',
    change: 'Change the details',
    credentials: 'Certificates and API keys',
  },
});

export function ObserverPage({ name }: { name: string }) {
  const mayChange = useMay('admin');
  const dmr = useQuery({ queryKey: ['dmr', name], queryFn: () => loadDmr(name) });
  const health = useQuery(healthQuery(name));
  const error = dmr.error ?? health.error;
  return (
    <Page title={name} aside={<Freshness readAt={health.dataUpdatedAt} limit={OLD_AFTER} />}>
      <ReadState
        error={error}
        onRetry={() => health.refetch()}
        isRead={health.data !== undefined}
      />
      {health.data !== undefined && <Health health={health.data} />}
      {dmr.data !== undefined && (
        <>
          <Details dmr={dmr.data.value} />
          {mayChange && <Change key={name} dmr={dmr.data} />}
          {mayChange && <DmrActions dmr={dmr.data} />}
        </>
      )}
    </Page>
  );
}

function Health({ health }: { health: DmrHealth }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const network = useNetwork(useIsStaff());
  return (
    <section class="card" aria-labelledby="health">
      <h2 id="health">{texts.health}</h2>
      <p class={health.silent ? 'large warning' : 'large'}>{reporting(health, language)}</p>
      <dl>
        <dt>{texts.last}</dt>
        <dd>{health.lastSeen === undefined ? '–' : <Moment at={health.lastSeen} />}</dd>
        <dt>{texts.usual}</dt>
        <dd>{usualInterval(health, language)}</dd>
        <dt>{texts.revision}</dt>
        <dd>{tableRevision(health, network.data?.revision, language)}</dd>
        <dt>{texts.version}</dt>
        <dd>{clientVersion(health, language)}</dd>
        <dt>{texts.unsettled}</dt>
        <dd>{number(health.unsettledChatbots, language)}</dd>
      </dl>
      {health.unsettledChatbots > 0 && <p>{texts.unsettledNote}</p>}
    </section>
  );
}

function Details({ dmr }: { dmr: Dmr }) {
  const texts = useTexts(TEXTS);
  const fields = useTexts(DMR_TEXTS);
  const { language } = useLanguage();
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">{texts.details}</h2>
      <dl>
        <dt>{texts.status}</dt>
        <dd>{dmrStatus(dmr.status, language)}</dd>
        <dt>{fields.uri}</dt>
        <dd>{dmr.uri}</dd>
        <dt>{fields.institution}</dt>
        <dd>
          <Link href={`/institutions/${dmr.institution}`}>{dmr.institution}</Link>
        </dd>
        <dt>{texts.registered}</dt>
        <dd>
          <Moment at={dmr.createdAt} />
        </dd>
        <dt>{texts.changed}</dt>
        <dd>
          <Moment at={dmr.updatedAt} />
        </dd>
      </dl>
      <p>
        <Link href={`/credentials?profile=dmr&name=${dmr.name}`}>{texts.credentials}</Link>
      </p>
    </section>
  );
}

function Change({ dmr }: { dmr: Versioned<Dmr> }) {
  const texts = useTexts(TEXTS);
  const { name } = dmr.value;
  return (
    <section class="card" aria-labelledby="change">
      <h2 id="change">{texts.change}</h2>
      <EditForm
        loaded={dmr}
        load={() => loadDmr(name)}
        entriesOf={entriesOf}
        labels={useTexts(DMR_TEXTS)}
        fields={(entries) => <DmrFields entries={entries} />}
        save={async (body, { etag }) => {
          const params = { path: { name }, header: ifMatch(etag) };
          return versioned(await api.PATCH('/dmrs/{name}', { params, body }));
        }}
        keys={[['dmr', name], ['dmrs']]}
      />
    </section>
  );
}
