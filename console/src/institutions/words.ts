//! The fields of an institution in words, and as texts of a form.

import type { Schemas } from '../api/client.ts';
import type { Entries } from '../elements/form.tsx';
import { catalogue, type Language } from '../language/language.tsx';
import type { Institution } from './data.ts';

type Status = Schemas['InstitutionStatus'];

const STATUSES = catalogue<Record<Status, string>>({
  et: { Unknown: 'Teadmata', Active: 'Tegutseb', Disabled: 'Keelatud' },
  en: { Unknown: 'Unknown', Active: 'Active', Disabled: 'Disabled' },
});

/** Returns the status of an institution as a word. */
export function institutionStatus(status: Status, language: Language): string {
  return STATUSES[language][status];
}

/** Returns every status with its word. */
export function statusOptions(language: Language): [string, string][] {
  return Object.entries(STATUSES[language]);
}

/** Returns the fields of an institution that can change. */
export function entriesOf({ name, status, contact, type }: Institution): Entries {
  return { name, status, contact: contact ?? '', type: type ?? '' };
}

/** Returns the institution of entries. What is empty is left out, and so removed. */
export function institutionOf(entries: Entries): Schemas['InstitutionUpdate'] {
  const { name = '', status, contact, type } = entries;
  return {
    name,
    ...(status && { status: status as Status }),
    ...(contact && { contact }),
    ...(type && { type: type as Schemas['ChatbotType'] }),
  };
}
