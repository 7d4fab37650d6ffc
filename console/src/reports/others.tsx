//! What a report has beside availability and incidents: updates, planned outages, certificates, subscriptions.

import type { ComponentChildren } from 'preact';
import { WORDS } from '../alerts/words.ts';
import { Moment } from '../elements/moment.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { severityWord } from '../releases/data.ts';
import type { Report } from './data.ts';

const TEXTS = catalogue({
  et: {
    updates: 'Uuendamata komponendid',
    noUpdates: 'Kõik komponendid on ajakohased.',
    planned: 'Järgmise 14 päeva plaanitud katkestused',
    noPlanned: 'Järgmise 14 päeva jooksul ei ole ühtegi katkestust plaanitud.',
    certificates: 'Järgmise 30 päeva jooksul aeguvad sertifikaadid',
    noCertificates: 'Järgmise 30 päeva jooksul ei aegu ükski sertifikaat.',
    subscriptions: 'Tellimused, mille teated ei jõua kohale',
    noSubscriptions: 'Kõigi tellimuste teated jõuavad kohale.',
    chatbot: 'Vestlusrobot',
    chatbots: 'Vestlusrobotid',
    component: 'Komponent',
    running: 'Kasutusel',
    latest: 'Uusim',
    severity: 'Kiireloomulisus',
    from: 'Algus',
    to: 'Lõpp',
    availability: 'Käideldavus',
    excluded: 'Jääb arvutusest välja',
    counted: 'Läheb arvesse',
    ends: 'Aegub',
    address: 'Aadress',
    channel: 'Kanal',
    since: 'Alates',
    error: 'Veateade',
  },
  en: {
    updates: 'Outdated components',
    noUpdates: 'All components are up to date.',
    planned: 'Planned outages of the next 14 days',
    noPlanned: 'No outage is planned in the next 14 days.',
    certificates: 'Certificates that end in the next 30 days',
    noCertificates: 'No certificate ends in the next 30 days.',
    subscriptions: 'Subscriptions that fail',
    noSubscriptions: 'The messages of all subscriptions are delivered.',
    chatbot: 'Chatbot',
    chatbots: 'Chatbots',
    component: 'Component',
    running: 'Running',
    latest: 'Newest',
    severity: 'Severity',
    from: 'From',
    to: 'To',
    availability: 'Availability',
    excluded: 'Excludes it',
    counted: 'Counts it',
    ends: 'Ends',
    address: 'Address',
    channel: 'Channel',
    since: 'Since',
    error: 'Error message',
  },
});

export function Others({ report }: { report: Report }) {
  return (
    <>
      <PlannedTimes report={report} />
      <Updates report={report} />
      <Certificates report={report} />
      <Subscriptions report={report} />
    </>
  );
}

interface SectionProps {
  id: string;
  title: string;
  /** The sentence that stands instead of no rows. */
  none: string;
  isEmpty: boolean;
  children: ComponentChildren;
}

function Section({ id, title, none, isEmpty, children }: SectionProps) {
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {isEmpty ? <p>{none}</p> : children}
    </section>
  );
}

function PlannedTimes({ report: { plannedOutages: rows } }: { report: Report }) {
  const texts = useTexts(TEXTS);
  return (
    <Section id="planned" title={texts.planned} none={texts.noPlanned} isEmpty={rows.length === 0}>
      <Table
        caption={texts.planned}
        rows={rows}
        keyOf={(one) => `${one.from} ${one.to} ${one.chatbots.join(' ')}`}
        columns={[
          { head: texts.from, cell: (one) => <Moment at={one.from} /> },
          { head: texts.to, cell: (one) => <Moment at={one.to} /> },
          { head: texts.chatbots, cell: (one) => one.chatbots.join(', ') },
          {
            head: texts.availability,
            cell: (one) => (one.excluded ? texts.excluded : texts.counted),
          },
        ]}
      />
    </Section>
  );
}

function Updates({ report: { updates: rows } }: { report: Report }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  return (
    <Section id="updates" title={texts.updates} none={texts.noUpdates} isEmpty={rows.length === 0}>
      <Table
        caption={texts.updates}
        rows={rows}
        keyOf={(one) => `${one.chatbot} ${one.component}`}
        columns={[
          { head: texts.chatbot, cell: (one) => one.chatbot },
          { head: texts.component, cell: (one) => one.component },
          { head: texts.running, cell: (one) => one.running },
          { head: texts.latest, cell: (one) => one.latest },
          { head: texts.severity, cell: (one) => severityWord(one.severity, language) },
        ]}
      />
    </Section>
  );
}

function Certificates({ report: { certificates: rows } }: { report: Report }) {
  const texts = useTexts(TEXTS);
  return (
    <Section
      id="certificates"
      title={texts.certificates}
      none={texts.noCertificates}
      isEmpty={rows.length === 0}
    >
      <Table
        caption={texts.certificates}
        rows={rows}
        keyOf={(one) => `${one.chatbot} ${one.ends}`}
        columns={[
          { head: texts.chatbot, cell: (one) => one.chatbot },
          { head: texts.ends, cell: (one) => <Moment at={one.ends} /> },
        ]}
      />
    </Section>
  );
}

function Subscriptions({ report: { failingSubscriptions: rows } }: { report: Report }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  return (
    <Section
      id="subscriptions"
      title={texts.subscriptions}
      none={texts.noSubscriptions}
      isEmpty={rows.length === 0}
    >
      <Table
        caption={texts.subscriptions}
        rows={rows}
        keyOf={(one) => `${one.channel} ${one.address} ${one.since}`}
        columns={[
          { head: texts.address, cell: (one) => one.address },
          { head: texts.channel, cell: (one) => WORDS[language].channels[one.channel].name },
          { head: texts.since, cell: (one) => <Moment at={one.since} /> },
          { head: texts.error, cell: (one) => visible(one.error) },
        ]}
      />
    </Section>
  );
}
