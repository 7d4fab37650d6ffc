//! The filter of the list of planned outages, as its address has it.

import type { Outage } from './plan.ts';
import { isOver } from './words.ts';

export interface Filter {
  /** A state, `all`, or empty for all that are not over. */
  state: string;
  institution: string;
}

export const NO_FILTER: Filter = { state: '', institution: '' };

/** Returns the filter that a query string has. */
export function filterOf(search: string): Filter {
  const query = new URLSearchParams(search);
  return { state: query.get('state') ?? '', institution: query.get('institution') ?? '' };
}

/** Returns the query string of a filter, without what is not filtered. */
export function searchOf(filter: Filter): string {
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ''));
  const search = query.toString();
  return search === '' ? '' : `?${search}`;
}

/** Returns the planned outages in the states that `filter` lets through. */
export function filtered(outages: Outage[], { state }: Filter): Outage[] {
  if (state === 'all') return outages;
  return outages.filter((one) => (state === '' ? !isOver(one) : one.state === state));
}
