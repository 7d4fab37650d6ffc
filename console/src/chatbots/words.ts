//! The words of a chatbot's fields.

import type { Schemas } from '../api/client.ts';
import { catalogue, type Language } from '../language/language.tsx';

type Type = Schemas['ChatbotType'];

const TYPES = catalogue<Record<Type, string>>({
  et: { ministry: 'Ministeerium', institution: 'Asutus' },
  en: { ministry: 'Ministry', institution: 'Institution' },
});

/** Returns the type of a chatbot, or of the chatbots of an institution, as a word. */
export function typeWord(type: Type, language: Language): string {
  return TYPES[language][type];
}

/** Returns every type with its word. */
export function typeOptions(language: Language): [string, string][] {
  return Object.entries(TYPES[language]);
}
