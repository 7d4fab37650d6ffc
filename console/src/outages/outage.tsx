//! A planned outage: when it takes place, what it does, and what can be done: `/outages/:id`.

import { Link } from 'wouter';
import type { Schemas } from '../api/client.ts';
import { Loading } from '../elements/loading.tsx';
import { Moment } from '../elements/moment.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { CalendarLink } from './calendar.tsx';
import { OLD_AFTER, useOutage } from './data.ts';
import type { Outage } from './plan.ts';
import { isOver, outageStateWords, ruleWords } from './words.ts';
import { OutageWork } from './work.tsx';
import { DEFAULT_ZONE, period } from './zone.ts';

const TEXTS = catalogue({
  et: {
    title: 'Plaanitud katkestus',
    details: 'Andmed',
    state: 'Olek',
    institution: 'Asutus',
    chatbots: 'Vestlusrobotid',
    all: 'Asutuse kõik vestlusrobotid, ka hiljem lisatavad',
    reason: 'Mida tehakse',
    rule: 'Millal',
    takeOut: 'Võrgust välja',
    takesOut: 'Jah: vestlusrobotid võetakse katkestuse ajaks võrgust välja.',
    stays: 'Ei: vestlusrobotid jäävad võrku, kuni nad vastavad.',
    requested: 'Plaaniti',
    confirmed: 'Kinnitati',
    updated: 'Viimati muudeti',
    occurrences: 'Korrad',
    none: 'Järgmise 60 päeva jooksul katkestust ei ole.',
    over: 'Katkestus on läbi.',
    time: (zone: string) => `Aeg (${zone})`,
    planned: 'Plaanitud lõpp',
    asPlanned: 'Nagu plaanitud',
    remark: 'Märkus',
    overrun: 'Lõppes, kuid vestlusrobotid olid endiselt väljas',
    availability: 'Käideldavus',
    excluded: 'Jääb arvutusest välja',
    counted: 'Läheb arvesse',
  },
  en: {
    title: 'Planned outage',
    details: 'Details',
    state: 'State',
    institution: 'Institution',
    chatbots: 'Chatbots',
    all: 'All of the institution, also those enrolled later',
    reason: 'What is done',
    rule: 'When',
    takeOut: 'Out of routing',
    takesOut: 'Yes: the chatbots are taken out of routing meanwhile.',
    stays: 'No: the chatbots stay routed as long as they answer.',
    requested: 'Requested',
    confirmed: 'Confirmed',
    updated: 'Last change',
    occurrences: 'Occurrences',
    none: 'There is none in the next 60 days.',
    over: 'The outage is over.',
    time: (zone: string) => `Time (${zone})`,
    planned: 'Planned end',
    asPlanned: 'As planned',
    remark: 'Remark',
    overrun: 'It ended, and chatbots were still out',
    availability: 'Availability',
    excluded: 'Excludes it',
    counted: 'Counts it',
  },
});

export function OutagePage({ id }: { id: string }) {
  const texts = useTexts(TEXTS);
  const outage = useOutage(id);
  return (
    <Page title={texts.title} aside={<Freshness readAt={outage.dataUpdatedAt} limit={OLD_AFTER} />}>
      {outage.error !== null && (
        <ProblemNotice error={outage.error} onRetry={() => outage.refetch()} />
      )}
      {outage.isPending && <Loading />}
      {outage.data !== undefined && (
        <>
          <Details outage={outage.data.value} />
          <OutageWork {...outage.data} key={id} />
          <Occurrences outage={outage.data.value} />
          <CalendarLink
            institution={outage.data.value.institution}
            key={outage.data.value.institution}
          />
        </>
      )}
    </Page>
  );
}

function Details({ outage }: { outage: Outage }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const { chatbots, confirmedAt } = outage;
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">{texts.details}</h2>
      <dl>
        <dt>{texts.reason}</dt>
        <dd>{visible(outage.reason)}</dd>
        <dt>{texts.state}</dt>
        <dd>
          <strong>{outageStateWords(outage.state, language)}</strong>
        </dd>
        <dt>{texts.rule}</dt>
        <dd>{ruleWords(outage.rule, language)}</dd>
        <dt>{texts.institution}</dt>
        <dd>{outage.institution}</dd>
        <dt>{texts.chatbots}</dt>
        <dd>
          {chatbots === undefined ? (
            texts.all
          ) : (
            <ul>
              {chatbots.map((name) => (
                <li key={name}>
                  <Link href={`/chatbots/${name}`}>{name}</Link>
                </li>
              ))}
            </ul>
          )}
        </dd>
        <dt>{texts.takeOut}</dt>
        <dd>{outage.takeOut ? texts.takesOut : texts.stays}</dd>
        <dt>{texts.requested}</dt>
        <dd>
          <Moment at={outage.requestedAt} />
        </dd>
        {confirmedAt !== undefined && (
          <>
            <dt>{texts.confirmed}</dt>
            <dd>
              <Moment at={confirmedAt} />
            </dd>
          </>
        )}
        <dt>{texts.updated}</dt>
        <dd>
          <Moment at={outage.updatedAt} />
        </dd>
      </dl>
    </section>
  );
}

function Occurrences({ outage }: { outage: Outage }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const { occurrences, rule } = outage;
  const zone = rule.zone ?? DEFAULT_ZONE;
  const planned = ({ end, plannedEnd }: Schemas['OutageOccurrence']) =>
    end === plannedEnd ? texts.asPlanned : <Moment at={plannedEnd} />;
  return (
    <section class="card" aria-labelledby="occurrences">
      <h2 id="occurrences">{texts.occurrences}</h2>
      {occurrences.length === 0 && <p>{isOver(outage) ? texts.over : texts.none}</p>}
      {occurrences.length > 0 && (
        <Table
          caption={texts.occurrences}
          rows={occurrences}
          keyOf={(one) => one.start}
          columns={[
            {
              head: texts.time(zone),
              cell: (one) => (
                <time dateTime={one.start} title={new Date(one.start).toISOString()}>
                  {period(new Date(one.start), new Date(one.end), zone, language)}
                </time>
              ),
            },
            { head: texts.state, cell: (one) => outageStateWords(one.state, language) },
            { head: texts.planned, cell: planned },
            {
              head: texts.availability,
              cell: (one) => (one.excluded ? texts.excluded : texts.counted),
            },
            { head: texts.remark, cell: (one) => (one.overrun ? texts.overrun : '–') },
          ]}
        />
      )}
    </section>
  );
}
