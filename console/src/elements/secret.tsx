//! A secret that is shown once. It is in the state of its page only, and gone when the reader has kept it.

import { useState } from 'preact/hooks';
import { catalogue, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({
  et: {
    once: 'Seda näidatakse ainult üks kord. Salvestage see turvalisse kohta, enne kui lahkute lehelt.',
    copy: 'Kopeeri',
    copied: 'Kopeeritud.',
    notCopied: 'Kopeerimine ei õnnestunud: märgistage tekst ja kopeerige see ise.',
    kept: 'Salvestasin selle',
  },
  en: {
    once: 'This is shown only once. Keep it in a safe place before you leave the page.',
    copy: 'Copy',
    copied: 'Copied.',
    notCopied: 'It could not be copied: select the text and copy it yourself.',
    kept: 'I kept it',
  },
});

interface Props {
  label: string;
  value: string;
  /** Forgets the secret. */
  onKept: () => void;
}

export function Secret({ label, value, onKept }: Props) {
  const texts = useTexts(TEXTS);
  const [result, setResult] = useState('');
  const copy = () =>
    navigator.clipboard.writeText(value).then(
      () => setResult(texts.copied),
      () => setResult(texts.notCopied),
    );
  return (
    <div class="notice">
      <p>
        <strong>{texts.once}</strong>
      </p>
      <input
        readOnly
        class="secret"
        aria-label={label}
        autocomplete="off"
        value={value}
        onFocus={(event) => event.currentTarget.select()}
      />
      <p>
        <button type="button" onClick={copy}>
          {texts.copy}
        </button>{' '}
        <button type="button" onClick={onKept}>
          {texts.kept}
        </button>{' '}
        <span role="status">{result}</span>
      </p>
    </div>
  );
}
