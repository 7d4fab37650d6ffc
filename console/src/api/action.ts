//! Changes: sent once, never again by themselves. What they concern is read anew after each.

import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';

/** Returns a change after which the data of `keys` are read again: also after a refusal, as they may be old then. */
export function useAction<V = void, T = unknown>(
  change: (value: V) => Promise<T>,
  ...keys: QueryKey[]
) {
  const client = useQueryClient();
  const readAgain = () =>
    Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
  return useMutation<T, Error, V>({
    mutationFn: change,
    onSuccess: readAgain,
    onError: () => {
      readAgain();
    },
  });
}
