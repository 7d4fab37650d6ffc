//! The accessibility statement: `/accessibility`. Its claims are those of this version; whoever changes what was tested
//! changes it here.

import { catalogue, useTexts } from '../language/language.tsx';
import { Page } from '../shell/page.tsx';
import { contactOf } from './contact.ts';

const TEXTS = catalogue({
  et: {
    title: 'Ligipääsetavuse teatis',
    scope:
      'Teatis käib selle veebilehe kohta: CentOps, Bürokrati võrgu keskne haldus. Lehe tegemisel on järgitud standardi EN 301 549 ja WCAG 2.1 taseme AA nõudeid.',
    state: 'Kui ligipääsetav leht on',
    stateAbout:
      'Lehte ei ole sõltumatult hinnatud, seega ei väida me, et see vastab nõuetele täielikult. Hinnangu andis lehe tegija ise.',
    checked: 'Mida on ligipääsetavuse heaks tehtud',
    checks: [
      'Lähtekoodi kontrollitakse automaatselt ligipääsetavuse reeglite järgi (Biome).',
      'Kõiki lehti kontrollitakse automaatselt (axe-core) iga rolliga, mõlemas keeles, laial ja kitsal ekraanil, heledas ja tumedas kujunduses, ka siis, kui teenus ei vasta.',
      'Lingid, nupud, väljad, tabelid ja dialoogid on brauseri enda elemendid, et need töötaksid klaviatuuri ja abitehnoloogiaga.',
      'Ükski teave ei ole ainult värvis: olekul on ka kujund ja sõna.',
      'Teksti ja tausta värvid on valitud kontrastiga vähemalt 4,5:1, väljade ääred vähemalt 3:1, heledas ja tumedas kujunduses.',
      'Kitsal ekraanil ja suurendatult muutuvad tabelite read kaartideks.',
    ],
    unchecked: 'Mida ei ole kontrollitud ja mis on teadaolevalt puudu',
    gaps: [
      'Ekraanilugejaga ja puudega inimeste osalusel ei ole lehte proovitud.',
      'Teenuse veaselgitused on inglise keeles ka eestikeelsel lehel.',
      'Nimed, põhjused ja logid on nii, nagu inimesed ja süsteemid need kirjutasid; nende keelt ei ole märgitud.',
      'UTC aeg ilmub ainult osutiga aja kohal olles, klaviatuuriga see ei avane.',
      'Kuupäeva ja kellaaja väljad on brauseri omad ja nende ligipääsetavus sõltub brauserist.',
    ],
    feedback: 'Tagasiside',
    contact: 'Kui miski ei ole ligipääsetav või vajate teavet muul kujul, kirjutage:',
    noContact:
      'Selle paigalduse haldaja ei ole kontakti siia lisanud. Pöörduge asutuse poole, kes andis teile ligipääsu.',
    supervision:
      'Kui vastus teid ei rahulda, võite pöörduda järelevalveasutuse, Tarbijakaitse ja Tehnilise Järelevalve Ameti poole:',
    made: 'Teatis on koostatud 27. novembril 2026.',
  },
  en: {
    title: 'Accessibility statement',
    scope:
      'This statement is about this website: CentOps, the central operations of the Bürokratt network. It was made with the requirements of EN 301 549 and WCAG 2.1, level AA, in mind.',
    state: 'How accessible the site is',
    stateAbout:
      'Nobody independent has evaluated the site, so we do not claim that it conforms fully. Its makers assessed it themselves.',
    checked: 'What was done for accessibility',
    checks: [
      'The source code is checked automatically against accessibility rules (Biome).',
      'All pages are checked automatically (axe-core) with each role, in both languages, on wide and narrow screens, light and dark, also while the service does not answer.',
      'Links, buttons, fields, tables and dialogs are elements of the browser, so that they work by keyboard and with assistive technology.',
      'No information is in a colour alone: a status also has a shape and a word.',
      'Colours of text and ground were chosen for a contrast of at least 4.5:1, borders of fields of at least 3:1, light and dark.',
      'On narrow screens and enlarged, the rows of tables become cards.',
    ],
    unchecked: 'What was not checked, and known shortcomings',
    gaps: [
      'The site was not tried with screen readers, nor by people with disabilities.',
      'Explanations of errors by the service are in English on the Estonian pages, too.',
      'Names, reasons and logs are as people and systems wrote them; their language is not marked.',
      'The time in UTC appears only with the pointer over a time, and not by keyboard.',
      'Fields for dates and times are those of the browser, and their accessibility depends on it.',
    ],
    feedback: 'Feedback',
    contact: 'If something is not accessible, or you need information in another form, write to:',
    noContact:
      'Whoever runs this installation has not added a contact here. Turn to the institution that gave you access.',
    supervision:
      'If the answer does not satisfy you, you can turn to the supervisor, the Consumer Protection and Technical Regulatory Authority:',
    made: 'This statement was made on 27 November 2026.',
  },
});

const SUPERVISOR = 'https://www.ttja.ee';

export function AccessibilityPage() {
  const texts = useTexts(TEXTS);
  const contact = contactOf(import.meta.env.VITE_CONTACT);
  return (
    <Page title={texts.title}>
      <p>{texts.scope}</p>
      <h2>{texts.state}</h2>
      <p>{texts.stateAbout}</p>
      <h3>{texts.checked}</h3>
      <ul>
        {texts.checks.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <h3>{texts.unchecked}</h3>
      <ul>
        {texts.gaps.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <h2>{texts.feedback}</h2>
      {contact === undefined ? (
        <p>{texts.noContact}</p>
      ) : (
        <p>
          {texts.contact} <a href={`mailto:${contact}`}>{contact}</a>
        </p>
      )}
      <p>
        {texts.supervision} <a href={SUPERVISOR}>{SUPERVISOR}</a>
      </p>
      <p>{texts.made}</p>
    </Page>
  );
}
