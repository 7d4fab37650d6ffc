//! The filter and the order of the list of chatbots, as its address has them.

import type { Chatbot } from './data.ts';

export interface Filter {
  /** A part of the name, the institution or the host. */
  text: string;
  status: string;
  type: string;
  institution: string;
  component: string;
}

export const NO_FILTER: Filter = { text: '', status: '', type: '', institution: '', component: '' };

/** Returns the filter that a query string has. */
export function filterOf(search: string): Filter {
  const query = new URLSearchParams(search);
  const of = (key: string) => query.get(key) ?? '';
  return {
    text: of('q'),
    status: of('status'),
    type: of('type'),
    institution: of('institution'),
    component: of('component'),
  };
}

/** Returns the query string of a filter, without what is not filtered. */
export function searchOf(filter: Filter): string {
  const query = new URLSearchParams();
  const { text, ...others } = filter;
  for (const [key, value] of Object.entries({ q: text, ...others }))
    if (value !== '') query.set(key, value);
  const search = query.toString();
  return search === '' ? '' : `?${search}`;
}

/**
 * Returns the chatbots that `filter` lets through, in their order. An institution that has none is a part of a name, as it
 * is being typed.
 */
export function filtered(chatbots: Chatbot[], filter: Filter): Chatbot[] {
  const text = filter.text.trim().toLowerCase();
  const isWhole = chatbots.some((one) => one.institution === filter.institution);
  return chatbots.filter(
    (one) =>
      (filter.status === '' || one.status === filter.status) &&
      (filter.type === '' || one.type === filter.type) &&
      (isWhole
        ? one.institution === filter.institution
        : one.institution.includes(filter.institution)) &&
      (filter.component === '' || filter.component in one.versions) &&
      (text === '' ||
        one.name.includes(text) ||
        one.institution.includes(text) ||
        one.uri.includes(text)),
  );
}

const RANK: Record<Chatbot['status'], number> = { Offline: 0, Unknown: 1, Online: 2 };

/** Compares names and times as the API writes them. */
function ascending(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Returns the chatbots with those first that are not online, the latest change first; then by name. */
export function byUrgency(chatbots: Chatbot[]): Chatbot[] {
  return [...chatbots].sort(
    (one, other) =>
      RANK[one.status] - RANK[other.status] ||
      (one.status === 'Online' ? 0 : ascending(other.statusSince, one.statusSince)) ||
      ascending(one.name, other.name),
  );
}

/** Returns those of `chatbots` that are online and need attention: held there, controlled or flapping. */
export function watched(chatbots: Chatbot[]): Chatbot[] {
  return chatbots.filter(
    ({ status, held, control, flappingSince }) =>
      status === 'Online' && (held ?? control ?? flappingSince) !== undefined,
  );
}
