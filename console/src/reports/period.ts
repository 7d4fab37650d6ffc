//! The period of a report: in the address as the API has it, whose end is left out; in the form with its last day.

import { DEFAULT_ZONE, wallOf } from '../outages/zone.ts';

/** The zone of the days. */
export const ZONE = DEFAULT_ZONE;

const DAY = 86_400_000;

/** A period of days (`2026-11-01`); without them the last seven days. */
export interface Period {
  from?: string;
  /** The day after the last one. */
  to?: string;
}

/** Returns the period that a query string has. */
export function periodOf(search: string): Period {
  const query = new URLSearchParams(search);
  const [from, to] = [query.get('from'), query.get('to')];
  return { ...(from && { from }), ...(to && { to }) };
}

/** Returns the query string of a period, for pages and for the API. */
export function searchOf(period: Period, others: Record<string, string> = {}): string {
  const query = new URLSearchParams({ ...period, ...others }).toString();
  return query === '' ? '' : `?${query}`;
}

/** Returns the day `days` days after `day`, or before it if `days` is negative. A text that is no day stays as it is. */
export function dayAfter(day: string, days = 1): string {
  const at = Date.parse(`${day}T00:00Z`);
  return Number.isNaN(at) ? day : new Date(at + days * DAY).toISOString().slice(0, 10);
}

/** Returns the day of the zone that a time is in. */
export function dayOf(at: Date): string {
  return wallOf(at, ZONE).slice(0, 10);
}

/** Returns the first and the last day of a report. */
export function daysOf({ from, to }: { from: string; to: string }): {
  first: string;
  last: string;
} {
  return { first: dayOf(new Date(from)), last: dayOf(new Date(Date.parse(to) - 1)) };
}

export type Preset = 'week' | 'days30' | 'month' | 'lastMonth';

/** Returns the periods that are offered, as of `now`. The API cuts what is in the future. */
export function presets(now: Date): Record<Preset, Period> {
  const today = dayOf(now);
  const month = `${today.slice(0, 7)}-01`;
  const before = `${dayAfter(month, -1).slice(0, 7)}-01`;
  return {
    week: {},
    days30: { from: dayAfter(today, -30), to: today },
    month: { from: month, to: dayAfter(today) },
    lastMonth: { from: before, to: month },
  };
}
