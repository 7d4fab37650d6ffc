//! The language of the page: Estonian or English. Each area has its texts in both, side by side.

import type { ComponentChildren } from 'preact';
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

export type Language = 'et' | 'en';

/** Texts in both languages. */
export type Catalogue<T> = Record<Language, T>;

/** Returns texts of both languages; one that has other keys than the other does not compile. */
export function catalogue<T>(texts: { et: T; en: NoInfer<T> }): Catalogue<T> {
  return texts;
}

interface Choice {
  language: Language;
  choose: (language: Language) => void;
}

const Context = createContext<Choice>({ language: 'et', choose: () => {} });

const KEY = 'language';

/** Returns the language that was chosen in this browser before, or else the first of the browser's that there is. */
function preferred(): Language {
  const chosen = localStorage.getItem(KEY);
  if (chosen === 'et' || chosen === 'en') return chosen;
  const known = navigator.languages
    .map((tag) => tag.slice(0, 2))
    .find((tag) => tag === 'et' || tag === 'en');
  return known === 'en' ? 'en' : 'et';
}

export function LanguageProvider({ children }: { children: ComponentChildren }) {
  const [language, setLanguage] = useState(preferred);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choose = (chosen: Language) => {
    localStorage.setItem(KEY, chosen);
    setLanguage(chosen);
  };
  return <Context.Provider value={{ language, choose }}>{children}</Context.Provider>;
}

export function useLanguage(): Choice {
  return useContext(Context);
}

/** Returns the texts in the language of the page. */
export function useTexts<T>(texts: Catalogue<T>): T {
  return texts[useLanguage().language];
}
