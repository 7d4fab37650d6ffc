//! The filter of a chatbot's log, as its address has it, and what came after what is shown.

import type { Schemas } from '../api/client.ts';
import type { Entries } from '../elements/form.tsx';
import { instant } from '../elements/local-time.ts';

type Level = Schemas['LogLevel'];
type Entry = Schemas['KeptLogEntry'];

export const LEVELS: Level[] = ['debug', 'info', 'warning', 'error', 'critical'];

/** What the list is asked for. */
export interface LogFilter {
  level?: Level;
  text?: string;
  from?: string;
  to?: string;
}

/** Returns the filter that a query string has. */
export function logFilterOf(search: string): LogFilter {
  const query = new URLSearchParams(search);
  const level = LEVELS.find((one) => one === query.get('level'));
  const [text, from, to] = ['text', 'from', 'to'].map((key) => query.get(key) ?? '');
  return {
    ...(level && { level }),
    ...(text && { text }),
    ...(from && { from }),
    ...(to && { to }),
  };
}

/** Returns the query string of the entries of the filter's form. */
export function logSearchOf({ level, text, from, to }: Entries): string {
  const query = new URLSearchParams();
  const values = { level, text, from: instant(from), to: instant(to) };
  for (const [key, value] of Object.entries(values)) if (value) query.set(key, value);
  const search = query.toString();
  return search === '' ? '' : `?${search}`;
}

/** Returns how many of `found` are newer than the newest of `shown`. */
export function newerThan(shown: Entry[], found: Entry[]): number {
  const newest = Math.max(...shown.map(({ at }) => Date.parse(at)));
  return found.filter(({ at }) => Date.parse(at) > newest).length;
}
