//! Changes with a secret in what is sent or answered.

import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useState } from 'preact/hooks';

/**
 * Returns a change of which no cache has what was sent or answered. `send` returns the answer, or nothing if the change
 * was refused. The data of `keys` are read again after a success.
 */
export function useSecretAction<V, T>(change: (value: V) => Promise<T>, ...keys: QueryKey[]) {
  const client = useQueryClient();
  const [isPending, setIsPending] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const send = async (value: V): Promise<T | undefined> => {
    setIsPending(true);
    setError(null);
    try {
      const answer = await change(value);
      for (const queryKey of keys) client.invalidateQueries({ queryKey });
      return answer;
    } catch (refusal) {
      setError(refusal as Error);
      return undefined;
    } finally {
      setIsPending(false);
    }
  };
  return { isPending, error, send };
}
