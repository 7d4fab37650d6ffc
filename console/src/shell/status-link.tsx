//! The link to the public status page, which is no page of the console: the browser loads it.

import { catalogue, useLanguage, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({
  et: { status: 'Avalik olekuleht' },
  en: { status: 'Public status page' },
});

export function StatusLink() {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  return <a href={language === 'et' ? '/status' : '/status/en'}>{texts.status}</a>;
}
