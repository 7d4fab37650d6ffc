//! What the words and signs of the console mean, and how it is used: `/help`.

import { type ComponentChildren, Fragment } from 'preact';
import { Link } from 'wouter';
import type { Schemas } from '../api/client.ts';
import { StatusMark } from '../elements/status.tsx';
import { modeWord } from '../health/why.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { Page } from '../shell/page.tsx';
import { StatusLink } from '../shell/status-link.tsx';
import { HELP_WORDS, STATUSES } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Abi',
    status: 'Olek',
    statusAbout:
      'Olek on see, mida teenus ütleb; leht ei arvuta seda ise. Oleku juures on alati kujund, sõna ja värv.',
    circuit: 'Kaitselüliti',
    circuitAbout: 'Kaitselüliti hoiab päringud eemal vestlusrobotist, mis ei vasta.',
    cause: 'Miks vestlusrobot ei ole võrgus',
    held: 'Miks tõrkuv vestlusrobot on ikka võrgus',
    check: 'Miks võrgus vestlusrobotit proovitakse',
    control: 'Käsitsi määratud olek',
    terms: 'Muud sõnad',
    keyboard: 'Klaviatuur',
    keys: [
      ['Tab, Shift + Tab', 'Järgmine ja eelmine link, nupp või väli.'],
      ['Enter', 'Avab lingi, vajutab nuppu, saadab vormi.'],
      ['Tühik', 'Vajutab nuppu, märgib ruudu, avab osa, mille ees on nool.'],
      ['Nooleklahvid', 'Valivad loendis ja raadionuppude vahel.'],
      ['Esc', 'Sulgeb dialoogi ilma midagi tegemata.'],
    ],
    keyboardAbout:
      'Kõik toimib klaviatuuriga. Lehe esimene link viib otse sisu juurde. Ühe tähe kiirklahve ei ole, seega ei sega miski ekraanilugejat ega hääljuhtimist.',
    language: 'Keel',
    languageAbout:
      'Keelt saab valida lehe päises. Valik jääb sellesse brauserisse meelde. Nimed, põhjused, logid ja teenuse veaselgitused on selles keeles, milles need kirjutati.',
    times: 'Ajad',
    timesAbout:
      'Ajad on teie brauseri ajavööndis; UTC aeg ilmub, kui osuti on aja kohal. „Seis kell …” näitab, millal andmed loeti. „Vananenud” tähendab, et teenus ei ole mitu korda järjest vastanud: sel ajal võib tegelik seis olla teine.',
    accessibility: 'Ligipääsetavuse teatis',
  },
  en: {
    title: 'Help',
    status: 'Status',
    statusAbout:
      'The status is what the service says; the page does not compute it. It always has a shape, a word and a colour.',
    circuit: 'Circuit',
    circuitAbout: 'The circuit keeps requests away from a chatbot that does not answer.',
    cause: 'Why a chatbot is not online',
    held: 'Why a failing chatbot is still online',
    check: 'Why a chatbot that is online is probed',
    control: 'Override of the status',
    terms: 'Other words',
    keyboard: 'Keyboard',
    keys: [
      ['Tab, Shift + Tab', 'The next and the previous link, button or field.'],
      ['Enter', 'Opens a link, presses a button, sends a form.'],
      ['Space', 'Presses a button, ticks a box, opens a part with an arrow in front.'],
      ['Arrow keys', 'Choose in a list and among radio buttons.'],
      ['Esc', 'Closes a dialog without doing anything.'],
    ],
    keyboardAbout:
      'Everything works by keyboard. The first link of the page leads to its content. There are no shortcuts of a single letter, so nothing interferes with screen readers or voice control.',
    language: 'Language',
    languageAbout:
      'The language is chosen in the header, and kept in this browser. Names, reasons, logs and explanations of errors by the service are in the language in which they were written.',
    times: 'Times',
    timesAbout:
      'Times are in the zone of your browser; the time in UTC appears when the pointer is over a time. “As of …” says when the data were read. “Out of date” means that the service has not answered several times in a row: meanwhile, things may have changed.',
    accessibility: 'Accessibility statement',
  },
});

const MODES: Schemas['ControlMode'][] = ['hold', 'force-online', 'force-offline'];

export function HelpPage() {
  const texts = useTexts(TEXTS);
  const words = useTexts(HELP_WORDS);
  const { language } = useLanguage();
  return (
    <Page title={texts.title}>
      <Part id="status" title={texts.status}>
        <p>{texts.statusAbout}</p>
        <Terms
          terms={STATUSES.map((status) => [<StatusMark status={status} />, words.statuses[status]])}
        />
      </Part>
      <Part id="circuit" title={texts.circuit}>
        <p>{texts.circuitAbout}</p>
        <Terms terms={Object.values(words.circuits)} />
      </Part>
      <Part id="cause" title={texts.cause}>
        <Terms terms={Object.values(words.causes)} />
      </Part>
      <Part id="held" title={texts.held}>
        <Terms terms={Object.values(words.held)} />
      </Part>
      <Part id="check" title={texts.check}>
        <Terms terms={Object.values(words.checks)} />
      </Part>
      <Part id="control" title={texts.control}>
        <Terms terms={MODES.map((mode) => [modeWord(mode, language), words.modes[mode]])} />
      </Part>
      <Part id="terms" title={texts.terms}>
        <Terms terms={words.terms} />
      </Part>
      <Part id="times" title={texts.times}>
        <p>{texts.timesAbout}</p>
      </Part>
      <Part id="keyboard" title={texts.keyboard}>
        <p>{texts.keyboardAbout}</p>
        <Terms terms={texts.keys as [string, string][]} />
      </Part>
      <Part id="language" title={texts.language}>
        <p>{texts.languageAbout}</p>
      </Part>
      <p>
        <StatusLink />
      </p>
      <p>
        <Link href="/accessibility">{texts.accessibility}</Link>
      </p>
    </Page>
  );
}

interface PartProps {
  id: string;
  title: string;
  children: ComponentChildren;
}

function Part({ id, title, children }: PartProps) {
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

function Terms({ terms }: { terms: [ComponentChildren, string][] }) {
  return (
    <dl>
      {terms.map(([term, meaning]) => (
        <Fragment key={meaning}>
          <dt>{term}</dt>
          <dd>{meaning}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
