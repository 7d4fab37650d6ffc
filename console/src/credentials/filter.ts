//! The filter of certificates and API keys, as the address has it.

import type { Schemas } from '../api/client.ts';

type Profile = Schemas['Profile'];

export interface Filter {
  profile: Profile | '';
  /** A holder. Only with a profile. */
  name: string;
  /** True if only certificates that end soon are shown. */
  isEnding: boolean;
}

export const PROFILES: Profile[] = ['dmr', 'chatbot'];

/** Returns the filter that a query string has. */
export function filterOf(search: string): Filter {
  const query = new URLSearchParams(search);
  const profile = PROFILES.find((one) => one === query.get('profile')) ?? '';
  return {
    profile,
    name: profile === '' ? '' : (query.get('name') ?? ''),
    isEnding: query.get('ending') === 'soon',
  };
}

/** Returns the query string of a filter, without what is not filtered. */
export function searchOf({ profile, name, isEnding }: Filter): string {
  const query = new URLSearchParams();
  if (profile !== '') query.set('profile', profile);
  if (profile !== '' && name !== '') query.set('name', name);
  if (isEnding) query.set('ending', 'soon');
  const search = query.toString();
  return search === '' ? '' : `?${search}`;
}

/** Returns what the API filters by. */
export function queryOf({ profile, name }: Filter): { profile?: Profile; name?: string } {
  return { ...(profile && { profile }), ...(name && { name }) };
}
