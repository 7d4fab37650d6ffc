//! Words that certificates and API keys share.

import type { Schemas } from '../api/client.ts';
import { catalogue, type Language } from '../language/language.tsx';
import { PROFILES } from './filter.ts';

type Profile = Schemas['Profile'];

const PROFILE_WORDS = catalogue<Record<Profile, string>>({
  et: { dmr: 'DMR', chatbot: 'Vestlusrobot' },
  en: { dmr: 'DMR', chatbot: 'Chatbot' },
});

/** Returns what a certificate or a key is for, as a word. */
export function profileWord(profile: Profile, language: Language): string {
  return PROFILE_WORDS[language][profile];
}

/** Returns every profile with its word. */
export function profileOptions(language: Language): [string, string][] {
  return PROFILES.map((profile) => [profile, profileWord(profile, language)]);
}

export const CREDENTIAL_TEXTS = catalogue({
  et: {
    holder: 'Omanik',
    profile: 'Profiil',
    name: 'Nimi',
    issued: 'Väljastatud',
    state: 'Seis',
    revoke: 'Tühista',
    action: 'Toiming',
    revoked: (reason: string) => `Tühistatud: ${reason}`,
    more: 'Näita järgmisi',
  },
  en: {
    holder: 'Holder',
    profile: 'Profile',
    name: 'Name',
    issued: 'Issued',
    state: 'State',
    revoke: 'Revoke',
    action: 'Action',
    revoked: (reason: string) => `Revoked: ${reason}`,
    more: 'Show more',
  },
});
