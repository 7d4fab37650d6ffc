//! The institutions, as the page reads them.

import { useQuery } from '@tanstack/react-query';
import { api, dataOf, type Schemas } from '../api/client.ts';

export type Institution = Schemas['Institution'];

/** Returns all institutions that the caller may see. */
export function useInstitutions() {
  return useQuery({
    queryKey: ['institutions'],
    queryFn: async () => dataOf(await api.GET('/admin/institutions')),
  });
}
