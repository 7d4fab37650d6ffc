//! An address without a page.

import { Link } from 'wouter';
import { catalogue, useTexts } from '../language/language.tsx';
import { Page } from './page.tsx';

const TEXTS = catalogue({
  et: { title: 'Sellist lehte ei ole', back: 'Avalehele' },
  en: { title: 'There is no such page', back: 'To the first page' },
});

export function Missing() {
  const texts = useTexts(TEXTS);
  return (
    <Page title={texts.title}>
      <p>
        <Link href="/">{texts.back}</Link>
      </p>
    </Page>
  );
}
