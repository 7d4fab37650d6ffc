//! The link of an institution's calendar of planned outages. It is a secret, so it is read only when it is asked for,
//! and is kept in this component only.

import { useState } from 'preact/hooks';
import { api, dataOf } from '../api/client.ts';
import { useSecretAction } from '../api/secret-action.ts';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Kalender',
    explanation: (institution: string) =>
      `Kalendriprogramm saab asutuse ${institution} plaanitud katkestused lingi kaudu. Link on salajane: kes seda teab, näeb kalendrit ilma sisse logimata.`,
    show: 'Näita linki',
    hide: 'Peida link',
    link: 'Kalendri link',
    copy: 'Kopeeri',
    copied: 'Link on kopeeritud.',
    notCopied: 'Brauser ei luba kopeerida. Valige link ja kopeerige see ise.',
  },
  en: {
    title: 'Calendar',
    explanation: (institution: string) =>
      `A calendar program gets the planned outages of ${institution} by a link. The link is a secret: whoever has it reads the calendar without signing in.`,
    show: 'Show the link',
    hide: 'Hide the link',
    link: 'Link of the calendar',
    copy: 'Copy',
    copied: 'The link was copied.',
    notCopied: 'The browser does not permit to copy. Select the link and copy it yourself.',
  },
});

export function CalendarLink({ institution }: { institution: string }) {
  const texts = useTexts(TEXTS);
  const [url, setUrl] = useState<string>();
  const link = useSecretAction(async () => {
    const params = { path: { institution } };
    return dataOf(await api.GET('/institutions/{institution}/calendar', { params })).url;
  });
  const toggle = async () => setUrl(url === undefined ? await link.send(undefined) : undefined);
  return (
    <section class="card" aria-labelledby="calendar">
      <h2 id="calendar">{texts.title}</h2>
      <p>{texts.explanation(institution)}</p>
      {link.error !== null && <ProblemNotice error={link.error} />}
      <button type="button" disabled={link.isPending} onClick={toggle}>
        {url === undefined ? texts.show : texts.hide}
      </button>
      {url !== undefined && <ShownLink url={url} />}
    </section>
  );
}

function ShownLink({ url }: { url: string }) {
  const texts = useTexts(TEXTS);
  const [result, setResult] = useState('');
  const copy = () =>
    navigator.clipboard.writeText(url).then(
      () => setResult(texts.copied),
      () => setResult(texts.notCopied),
    );
  return (
    <>
      <p>
        <label for="calendar-link">{texts.link}</label>{' '}
        <input
          id="calendar-link"
          readOnly
          value={url}
          class="secret"
          autocomplete="off"
          onFocus={(event) => event.currentTarget.select()}
        />{' '}
        <button type="button" onClick={copy}>
          {texts.copy}
        </button>
      </p>
      <p role="status">{result}</p>
    </>
  );
}
