//! Long lists: read a page at a time, further ones when the reader asks for them.

import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { every } from './beat.ts';

/** Returns a list of which `page` reads a page; a further one by the cursor of the page before. */
export function usePages<P extends { next?: string }, T>(
  queryKey: QueryKey,
  page: (cursor: string | undefined) => Promise<P>,
  items: (page: P) => T[],
  seconds?: number,
) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    refetchInterval: seconds === undefined ? false : every(seconds),
  });
  return { query, items: query.data?.pages.flatMap(items) };
}
