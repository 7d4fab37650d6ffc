//! Invitations, as the pages read them.

import { useQuery } from '@tanstack/react-query';
import { every } from '../api/beat.ts';
import { allPages, api, dataOf, type Versioned, versioned } from '../api/client.ts';
import { usePages } from '../api/pages.ts';
import type { Invitation } from './words.ts';

const SECONDS = 30;

/** Reads an invitation with its version. */
export async function loadInvitation(id: string): Promise<Versioned<Invitation>> {
  return versioned(await api.GET('/invitations/{id}', { params: { path: { id } } }));
}

/** Returns the invitations of a status, or all of them, newest first. */
export function useInvitations(status: Invitation['status'] | undefined) {
  return usePages(
    ['invitations', status ?? ''],
    async (cursor) => {
      const query = { ...(status && { status }), ...(cursor && { cursor }) };
      return dataOf(await api.GET('/invitations', { params: { query } }));
    },
    (page) => page.invitations,
    SECONDS,
  );
}

/** The key of the invitations that the person applied to. */
export const OWN = ['own-invitations'];

/** Returns the invitations that the person applied to, newest first. For everybody. */
export function useOwnInvitations() {
  return usePages(
    OWN,
    async (cursor) =>
      dataOf(
        await api.GET('/own-invitations', { params: { query: { ...(cursor && { cursor }) } } }),
      ),
    (page) => page.invitations,
    SECONDS,
  );
}

/** Returns the number of applications that wait for a decision. */
export function useWaiting() {
  return useQuery({
    queryKey: ['invitations', 'waiting'],
    queryFn: async () => {
      const waiting = await allPages(
        async (cursor) => {
          const query = { status: 'submitted', limit: 100, ...(cursor && { cursor }) } as const;
          return dataOf(await api.GET('/invitations', { params: { query } }));
        },
        (page) => page.invitations,
      );
      return waiting.length;
    },
    refetchInterval: every(SECONDS),
  });
}
