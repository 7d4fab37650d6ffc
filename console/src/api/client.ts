//! Client of the Admin API. Paths, parameters and bodies have the types of openapi.yaml.

import createClient from 'openapi-fetch';
import { ProblemError } from './problem.ts';
import type { components, paths } from './schema.d.ts';

/** The schemas of the contract: `Schemas['Chatbot']`. */
export type Schemas = components['schemas'];

/**
 * The Admin API, on the origin of the page. The cookie of the session is turned into a bearer token before the API: no
 * script ever sees a token.
 */
export const api = createClient<paths>({ baseUrl: '/api', credentials: 'same-origin' });

api.use({
  async onResponse({ response }) {
    if (!response.ok && response.status !== 304) throw await ProblemError.of(response);
    return response;
  },
  onError({ error }) {
    throw ProblemError.ofNetwork(error);
  },
});

/** An answer with its version: a later change sends it back as `If-Match`. */
export interface Versioned<T> {
  value: T;
  etag: string | undefined;
}

/** Returns the data of an answer. Every other answer was thrown as a `ProblemError`. */
export function dataOf<T>(answer: { data?: T }): T {
  return answer.data as T;
}

/** Returns the data of an answer with its version. */
export function versioned<T>(answer: { data?: T; response: Response }): Versioned<T> {
  return { value: dataOf(answer), etag: answer.response.headers.get('ETag') ?? undefined };
}

/** Returns the header of a change that holds only for the version with `etag`. */
export function ifMatch(etag: string | undefined): { 'If-Match'?: string } {
  return etag === undefined ? {} : { 'If-Match': etag };
}

/** Returns all items of a list, page by page. `page` gets the cursor of the page before; none for the first. */
export async function allPages<P extends { next?: string }, T>(
  page: (cursor: string | undefined) => Promise<P>,
  items: (page: P) => T[],
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const one = await page(cursor);
    all.push(...items(one));
    cursor = one.next;
  } while (cursor !== undefined);
  return all;
}
