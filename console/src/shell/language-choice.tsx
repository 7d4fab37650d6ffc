//! The choice of the language, in the header of each page.

import { catalogue, type Language, useLanguage, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({ et: { language: 'Keel' }, en: { language: 'Language' } });

const LANGUAGES: Record<Language, string> = { et: 'Eesti', en: 'English' };

export function LanguageChoice() {
  const texts = useTexts(TEXTS);
  const { language, choose } = useLanguage();
  return (
    <label>
      <span class="hidden">{texts.language}</span>
      <select value={language} onChange={(event) => choose(event.currentTarget.value as Language)}>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
