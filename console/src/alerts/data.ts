//! The subscriptions, as the pages read them, and who may change them.

import { useQuery } from '@tanstack/react-query';
import { every } from '../api/beat.ts';
import { allPages, api, dataOf, versioned } from '../api/client.ts';
import { useMay } from '../session/session.tsx';

const PAGE = 100;

/** The seconds between two reads of what waits for somebody, and of everything else. */
const SOON = 5;
const USUAL = 30;

/**
 * Returns the subscriptions of `institution`. Without one: for owners those of all own institutions, for everybody else
 * those of the operations centre.
 */
export function useSubscriptions(institution: string) {
  return useQuery({
    queryKey: ['subscriptions', institution],
    queryFn: () =>
      allPages(
        async (cursor) => {
          const query = {
            limit: PAGE,
            ...(institution && { institution }),
            ...(cursor && { cursor }),
          };
          return dataOf(await api.GET('/subscriptions', { params: { query } }));
        },
        (page) => page.subscriptions,
      ),
    refetchInterval: every(USUAL),
  });
}

/** Returns a subscription with its version; often while it awaits its confirmation. */
export function useSubscription(subscription: string) {
  return useQuery({
    queryKey: ['subscription', subscription],
    queryFn: async () =>
      versioned(
        await api.GET('/subscriptions/{subscription}', { params: { path: { subscription } } }),
      ),
    refetchInterval: (query) =>
      every(query.state.data?.value.state.name === 'pending' ? SOON : USUAL)(query),
  });
}

/** The age in seconds from which on subscriptions are marked as old. */
export const SUBSCRIPTIONS_OLD_AFTER = 3 * USUAL;

/** Returns whether the person may change subscriptions of `coverage`: of the operations centre only administrators. */
export function useMayChange(coverage: 'institution' | 'chatbots' | 'operations'): boolean {
  const may = [useMay('admin'), useMay('admin', 'operator', 'owner')] as const;
  return coverage === 'operations' ? may[0] : may[1];
}

/** Returns the names of the chatbots of an institution. */
export function useChatbotNames(institution: string | undefined) {
  return useQuery({
    queryKey: ['chatbots', 'names', institution ?? ''],
    queryFn: () =>
      allPages(
        async (cursor) => {
          const query = {
            limit: PAGE,
            institution: institution ?? '',
            ...(cursor && { cursor }),
          };
          return dataOf(await api.GET('/chatbots', { params: { query } }));
        },
        (page) => page.chatbots.map(({ name }) => name),
      ),
    enabled: institution !== undefined && institution !== '',
  });
}
