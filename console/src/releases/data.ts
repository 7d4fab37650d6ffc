//! The releases, and the words for how urgent they are.

import { useQuery } from '@tanstack/react-query';
import { every } from '../api/beat.ts';
import { allPages, api, dataOf, type Schemas } from '../api/client.ts';
import { catalogue, type Language } from '../language/language.tsx';

export type Severity = Schemas['Severity'];

const SECONDS = 60;
const PAGE = 100;

/** Returns all releases, withdrawn ones too, or those of one component. For staff. */
export function useReleases(component?: string) {
  return useQuery({
    queryKey: ['releases', component ?? null],
    queryFn: () =>
      allPages(
        async (cursor) => {
          const query = { limit: PAGE, ...(component && { component }), ...(cursor && { cursor }) };
          return dataOf(await api.GET('/releases', { params: { query } }));
        },
        (page) => page.releases,
      ),
    refetchInterval: every(SECONDS),
  });
}

/** The age in seconds from which on releases are marked as old. */
export const RELEASES_OLD_AFTER = 3 * SECONDS;

export const SEVERITIES = catalogue<Record<Severity, string>>({
  et: { optional: 'Soovituslik', mandatory: 'Kohustuslik', critical: 'Kriitiline' },
  en: { optional: 'Optional', mandatory: 'Mandatory', critical: 'Critical' },
});

export function severityWord(severity: Severity, language: Language): string {
  return SEVERITIES[language][severity];
}
