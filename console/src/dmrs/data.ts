//! DMRs and their health, as the pages read them.

import { every } from '../api/beat.ts';
import { api, dataOf, type Schemas, type Versioned, versioned } from '../api/client.ts';

export type Dmr = Schemas['Dmr'];
export type DmrHealth = Schemas['DmrHealth'];

/** The age in seconds from which on the health of DMRs is old: three reads. */
export const OLD_AFTER = 90;

/** Reads a DMR with its version. */
export async function loadDmr(name: string): Promise<Versioned<Dmr>> {
  return versioned(await api.GET('/dmrs/{name}', { params: { path: { name } } }));
}

/** Returns the query of the health of a DMR: one request each half minute. */
export function healthQuery(name: string) {
  return {
    queryKey: ['dmr', name, 'health'],
    queryFn: async () =>
      dataOf(await api.GET('/dmrs/{name}/health', { params: { path: { name } } })),
    refetchInterval: every(30),
  };
}
