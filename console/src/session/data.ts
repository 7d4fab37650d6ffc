//! People, as the pages of administrators read them.

import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.ts';

export const PEOPLE = ['people'];

/** Returns the people who have or had a role. For administrators. */
export function usePeople(enabled = true) {
  return useQuery({
    queryKey: PEOPLE,
    queryFn: async () => dataOf(await api.GET('/people')).people,
    enabled,
  });
}
