//! Incidents as the pages read them, and the keys of what was read.

import { useQuery } from '@tanstack/react-query';
import { every } from '../api/beat.ts';
import { allPages, api, dataOf, ifMatch, type Schemas, versioned } from '../api/client.ts';
import { usePages } from '../api/pages.ts';
import type { Filter } from './filter.ts';

/** The seconds between two reads. */
const SECONDS = 15;
/** The age in seconds from which on incidents are old: three reads. */
export const OLD_AFTER = 3 * SECONDS;
const PAGE = 50;
const LARGE_PAGE = 100;
const DAY = 86_400_000;

/** The keys of what a change of an incident concerns: the incident with its timeline and members, and the lists. */
export const keysOf = (id: string) => [['incident', id], ['incidents']];

/** Returns the parameters of a change of an incident that is based on the version `etag`. */
export function changeOf(id: string, etag: string | undefined) {
  return { path: { incident: id }, header: ifMatch(etag) };
}

/** Returns the pages of incidents that were read so far, the newest incidents first. */
export function useIncidents({ active, kind, institution }: Filter) {
  return usePages(
    ['incidents', { active, kind, institution }],
    async (cursor) =>
      dataOf(
        await api.GET('/incidents', {
          params: {
            query: {
              limit: PAGE,
              ...(active && { active }),
              ...(kind !== '' && { kind: kind as Schemas['Incident']['kind'] }),
              ...(institution !== '' && { institution }),
              ...(cursor !== undefined && { cursor }),
            },
          },
        }),
      ),
    (page) => page.incidents,
    SECONDS,
  );
}

/** Returns the latest incidents, with which another one may be merged. */
export function useLatestIncidents(enabled: boolean) {
  return useQuery({
    queryKey: ['incidents', 'latest'],
    queryFn: async () =>
      dataOf(await api.GET('/incidents', { params: { query: { limit: LARGE_PAGE } } })),
    enabled,
  });
}

/** Returns an incident with its version. */
export function useIncident(id: string) {
  return useQuery({
    queryKey: ['incident', id],
    queryFn: async () =>
      versioned(await api.GET('/incidents/{incident}', { params: { path: { incident: id } } })),
    refetchInterval: every(SECONDS),
  });
}

/** Returns the timeline of an incident, oldest first. It is read again only while somebody may work on the incident. */
export function useTimeline(id: string, isOver: boolean) {
  return useQuery({
    queryKey: ['incident', id, 'timeline'],
    queryFn: () =>
      allPages(
        async (cursor) =>
          dataOf(
            await api.GET('/incidents/{incident}/timeline', {
              params: {
                path: { incident: id },
                query: { limit: LARGE_PAGE, ...(cursor !== undefined && { cursor }) },
              },
            }),
          ),
        (page) => page.entries,
      ),
    refetchInterval: isOver ? false : every(SECONDS),
  });
}

/** Returns the pages of members of a network incident that were read so far, the active ones first. */
export function useMembers(id: string) {
  return usePages(
    ['incident', id, 'members'],
    async (cursor) =>
      dataOf(
        await api.GET('/incidents/{incident}/members', {
          params: {
            path: { incident: id },
            query: { limit: PAGE, ...(cursor !== undefined && { cursor }) },
          },
        }),
      ),
    (page) => page.incidents,
    SECONDS,
  );
}

/** Returns the figures of the incidents that began in the last `days` days. */
export function useFigures({ institution, days }: Filter) {
  return useQuery({
    queryKey: ['incidents', 'figures', institution, days],
    queryFn: async () => {
      const from = new Date(Date.now() - Number(days) * DAY).toISOString();
      const query = { from, ...(institution !== '' && { institution }) };
      return dataOf(await api.GET('/incident-figures', { params: { query } }));
    },
    staleTime: 60_000,
  });
}
