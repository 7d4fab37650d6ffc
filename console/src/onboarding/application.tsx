//! The application of an institution, to read.

import type { Schemas } from '../api/client.ts';
import { typeWord } from '../chatbots/words.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Taotlus',
    name: 'Vestlusrobot',
    uri: 'Aadress',
    type: 'Liik',
    contact: 'Kontakt',
    versions: 'Versioonid',
    by: 'Taotleja',
    csr: 'Sertifikaaditaotlus (CSR)',
  },
  en: {
    title: 'Application',
    name: 'Chatbot',
    uri: 'Address',
    type: 'Type',
    contact: 'Contact',
    versions: 'Versions',
    by: 'Applicant',
    csr: 'Certificate request (CSR)',
  },
});

export function Application({ application }: { application: Schemas['Application'] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const { chatbot, by, csr } = application;
  const versions = Object.entries(chatbot.versions ?? {});
  return (
    <section class="card" aria-labelledby="application">
      <h2 id="application">{texts.title}</h2>
      <dl>
        <dt>{texts.name}</dt>
        <dd>{chatbot.name}</dd>
        <dt>{texts.uri}</dt>
        <dd>{chatbot.uri}</dd>
        <dt>{texts.type}</dt>
        <dd>{typeWord(chatbot.type, language)}</dd>
        <dt>{texts.contact}</dt>
        <dd>{chatbot.contact}</dd>
        <dt>{texts.versions}</dt>
        <dd>
          {versions.length === 0 && '–'}
          <ul>
            {versions.map(([component, version]) => (
              <li key={component}>
                {component} {version}
              </li>
            ))}
          </ul>
        </dd>
        {by !== undefined && (
          <>
            <dt>{texts.by}</dt>
            <dd>{by}</dd>
          </>
        )}
      </dl>
      <details>
        <summary>{texts.csr}</summary>
        <textarea readOnly rows={8} class="pem" aria-label={texts.csr} value={csr} />
      </details>
    </section>
  );
}
