//! Planned outages as the pages read them.

import { useQuery } from '@tanstack/react-query';
import { every } from '../api/beat.ts';
import { allPages, api, dataOf, ifMatch, versioned } from '../api/client.ts';

/** The seconds between two reads of a planned outage, and of the list. */
const SECONDS = 15;
const LIST_SECONDS = 60;
/** The ages in seconds from which on they are old: three reads. */
export const OLD_AFTER = 3 * SECONDS;
export const LIST_OLD_AFTER = 3 * LIST_SECONDS;
const PAGE = 100;

/** The keys of what a change of a planned outage concerns. */
export const keysOf = (id: string) => [['outage', id], ['outages']];

/** Returns the planned outages of an institution; of all that the caller may see without one. */
export function useOutages(institution: string) {
  return useQuery({
    queryKey: ['outages', institution],
    queryFn: () =>
      allPages(
        async (cursor) =>
          dataOf(
            await api.GET('/planned-outages', {
              params: {
                query: {
                  limit: PAGE,
                  ...(institution !== '' && { institution }),
                  ...(cursor !== undefined && { cursor }),
                },
              },
            }),
          ),
        (page) => page.plannedOutages,
      ),
    refetchInterval: every(LIST_SECONDS),
  });
}

/** Reads a planned outage with its version. */
export async function loadOutage(id: string) {
  return versioned(
    await api.GET('/planned-outages/{outage}', { params: { path: { outage: id } } }),
  );
}

/** Returns a planned outage with its version. */
export function useOutage(id: string) {
  return useQuery({
    queryKey: ['outage', id],
    queryFn: () => loadOutage(id),
    refetchInterval: every(SECONDS),
  });
}

/** Returns the names of the chatbots of an institution. */
export function useChatbotNames(institution: string, enabled: boolean) {
  return useQuery({
    queryKey: ['outages', 'chatbots', institution],
    queryFn: () =>
      allPages(
        async (cursor) =>
          dataOf(
            await api.GET('/chatbots', {
              params: {
                query: { limit: PAGE, institution, ...(cursor !== undefined && { cursor }) },
              },
            }),
          ),
        (page) => page.chatbots.map(({ name }) => name),
      ),
    enabled: enabled && institution !== '',
  });
}

/** Returns the parameters of a change of a planned outage that is based on the version `etag`. */
export function paramsOf(id: string, etag: string | undefined) {
  return { path: { outage: id }, header: ifMatch(etag) };
}
