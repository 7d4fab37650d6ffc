//! The filter of events, as its address has it.

import { EVENT_TYPES, type EventType } from './event-words.ts';

export interface EventFilter {
  /** Only events of this type; empty for all. */
  kind: EventType | '';
  /** Only events from this time on and before this one (RFC 3339); empty for no limit. */
  from: string;
  to: string;
}

export const NO_EVENT_FILTER: EventFilter = { kind: '', from: '', to: '' };

/** Returns the filter of a query string. What the API would not understand is left out. */
export function eventFilterOf(search: string): EventFilter {
  const query = new URLSearchParams(search);
  const time = (key: string) => {
    const text = query.get(key) ?? '';
    return Number.isNaN(Date.parse(text)) ? '' : text;
  };
  const kind = EVENT_TYPES.find((type) => type === query.get('kind')) ?? '';
  return { kind, from: time('from'), to: time('to') };
}

/** Returns the query string of a filter, without what is not filtered. */
export function eventSearchOf(filter: EventFilter): string {
  const used = Object.entries(filter).filter(([, value]) => value !== '');
  return used.length === 0 ? '' : `?${new URLSearchParams(used)}`;
}
