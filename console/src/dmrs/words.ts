//! What is known of a DMR, in words.

import type { Schemas } from '../api/client.ts';
import type { Entries } from '../elements/form.tsx';
import { duration, number } from '../language/format.ts';
import { catalogue, type Language } from '../language/language.tsx';
import type { Dmr, DmrHealth } from './data.ts';

interface Texts {
  statuses: Record<Schemas['DmrStatus'], string>;
  silent: string;
  never: string;
  reports: string;
  tooEarly: string;
  unknown: string;
  behind: (revision: string, count: string) => string;
}

const TEXTS = catalogue<Texts>({
  et: {
    statuses: { Active: 'Lubatud', Disabled: 'Keelatud' },
    silent: 'On vait',
    never: 'Ei ole veel teatanud',
    reports: 'Teatab',
    tooEarly: 'Teadmata enne kuuendat teadet',
    unknown: 'Ei ole teatanud',
    behind: (revision, count) => `${revision} (${count} võrra maas)`,
  },
  en: {
    statuses: { Active: 'Enabled', Disabled: 'Disabled' },
    silent: 'Stopped reporting',
    never: 'Has not reported yet',
    reports: 'Reports',
    tooEarly: 'Unknown before the sixth report',
    unknown: 'Not reported',
    behind: (revision, count) => `${revision} (${count} behind)`,
  },
});

/** Returns whether a DMR may send requests. */
export function dmrStatus(status: Schemas['DmrStatus'], language: Language): string {
  return TEXTS[language].statuses[status];
}

/** Returns whether a DMR reports, as the API says it. */
export function reporting(health: DmrHealth, language: Language): string {
  const { silent, never, reports } = TEXTS[language];
  if (health.silent) return silent;
  return health.lastSeen === undefined ? never : reports;
}

/** Returns the usual time between two reports. */
export function usualInterval({ usualSeconds }: DmrHealth, language: Language): string {
  return usualSeconds === undefined ? TEXTS[language].tooEarly : duration(usualSeconds, language);
}

/** Returns the revision of the table that a DMR routes by, and how far it is behind `latest`. */
export function tableRevision(
  { tableRevision: revision }: DmrHealth,
  latest: number | undefined,
  language: Language,
): string {
  if (revision === undefined) return TEXTS[language].unknown;
  const text = number(revision, language);
  if (latest === undefined || revision >= latest) return text;
  return TEXTS[language].behind(text, number(latest - revision, language));
}

/** Returns the version of the software of a DMR. */
export function clientVersion(health: DmrHealth, language: Language): string {
  return health.clientVersion ?? TEXTS[language].unknown;
}

/** Returns the fields of a DMR that can change. */
export function entriesOf({ uri, institution }: Dmr): Entries {
  return { uri, institution };
}
