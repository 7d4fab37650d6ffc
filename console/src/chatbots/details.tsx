//! The fields of a chatbot, to read.

import { Link } from 'wouter';
import type { Schemas } from '../api/client.ts';
import { Moment } from '../elements/moment.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useIsStaff } from '../session/session.tsx';
import { typeWord } from './words.ts';

const TEXTS = catalogue({
  et: {
    details: 'Andmed',
    uri: 'Aadress',
    pending: 'Uus aadress',
    type: 'Liik',
    institution: 'Asutus',
    contact: 'Kontakt',
    versions: 'Versioonid',
    since: 'alates',
    enrolled: 'Registreeritud',
    changed: 'Muudetud',
    noVersions: 'Vestlusrobot ei ole versioonidest teatanud.',
    credentials: 'Sertifikaadid ja API-võtmed',
  },
  en: {
    details: 'Details',
    uri: 'Address',
    pending: 'New address',
    type: 'Type',
    institution: 'Institution',
    contact: 'Contact',
    versions: 'Versions',
    since: 'since',
    enrolled: 'Enrolled',
    changed: 'Changed',
    noVersions: 'The chatbot has reported no versions.',
    credentials: 'Certificates and API keys',
  },
});

export function Details({ chatbot }: { chatbot: Schemas['Chatbot'] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const isStaff = useIsStaff();
  const { name, institution, pendingUri } = chatbot;
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">{texts.details}</h2>
      <dl>
        <dt>{texts.uri}</dt>
        <dd>{chatbot.uri}</dd>
        {pendingUri !== undefined && (
          <>
            <dt>{texts.pending}</dt>
            <dd>{pendingUri}</dd>
          </>
        )}
        <dt>{texts.type}</dt>
        <dd>{typeWord(chatbot.type, language)}</dd>
        <dt>{texts.institution}</dt>
        <dd>
          <Link href={`/institutions/${institution}`}>{institution}</Link>
        </dd>
        <dt>{texts.contact}</dt>
        <dd>{chatbot.contact}</dd>
        <dt>{texts.enrolled}</dt>
        <dd>
          <Moment at={chatbot.createdAt} />
        </dd>
        <dt>{texts.changed}</dt>
        <dd>
          <Moment at={chatbot.updatedAt} />
        </dd>
        <dt>{texts.versions}</dt>
        <dd>
          <Versions chatbot={chatbot} />
        </dd>
      </dl>
      {isStaff && (
        <p>
          <Link href={`/credentials?profile=chatbot&name=${name}`}>{texts.credentials}</Link>
        </p>
      )}
    </section>
  );
}

function Versions({ chatbot }: { chatbot: Schemas['Chatbot'] }) {
  const texts = useTexts(TEXTS);
  const versions = Object.entries(chatbot.versions);
  if (versions.length === 0) return <>{texts.noVersions}</>;
  return (
    <ul>
      {versions.map(([component, version]) => {
        const since = chatbot.versionsSince?.[component];
        return (
          <li key={component}>
            {component} {version}
            {since !== undefined && (
              <span class="quiet">
                {' '}
                {texts.since} <Moment at={since} />
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
