//! Times as clocks show them in a zone.

import type { Language } from '../language/language.tsx';

const LOCALES: Record<Language, string> = { et: 'et-EE', en: 'en-GB' };
const DAY = 86_400_000;

/** The zone of rules without one. */
export const DEFAULT_ZONE = 'Europe/Tallinn';

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(zone, clock);
  return clock;
}

/** Returns what clocks in `zone` show at `at`, as `2027-03-07T03:30`. */
export function wallOf(at: Date, zone: string): string {
  const parts = clockOf(zone).formatToParts(at);
  const of = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`;
}

/** A time with whether clocks skip it or show it twice. */
export interface Instant {
  at: Date;
  change?: 'skipped' | 'repeated';
}

/**
 * Returns the time at which clocks in `zone` show `wall` (`2027-03-07T03:30`). A time that they skip is as much later as
 * they skip, and one that they show twice is the first (RFC 5545, section 3.3.5), as the API has it.
 */
export function instantOf(wall: string, zone: string): Instant {
  const minute = wall.slice(0, 16);
  const asUtc = Date.parse(`${minute}Z`);
  const offset = (at: number) => Date.parse(`${wallOf(new Date(at), zone)}Z`) - at;
  const candidates = [asUtc - offset(asUtc - DAY), asUtc - offset(asUtc + DAY)] as const;
  const [before, after] = candidates;
  if (before === after) return { at: new Date(before) };
  const shown = candidates.filter((at) => wallOf(new Date(at), zone) === minute);
  if (shown.length === 2) return { at: new Date(Math.min(...shown)), change: 'repeated' };
  if (shown[0] !== undefined) return { at: new Date(shown[0]) };
  return { at: new Date(before), change: 'skipped' };
}

/** Returns the zone of the browser. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Returns the zones that may be chosen: UTC and those of Europe, and `zone` in any case. */
export function zoneOptions(zone: string): [string, string][] {
  const zones = Intl.supportedValuesOf('timeZone').filter((one) => one.startsWith('Europe/'));
  return [...new Set([DEFAULT_ZONE, zone, 'UTC', ...zones])].map((one) => [one, one]);
}

/** Returns a period of time as clocks show it in `zone`, with its day: "Sun, 7 Mar 2027, 03:30–05:00". */
export function period(start: Date, end: Date, zone: string, language: Language): string {
  const format = new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return format.formatRange(start, end);
}

/** Returns a day (`2027-03-07`) as it stands in a sentence. A text that is no day, as while it is typed, stays as it is. */
export function civilDay(day: string, language: Language): string {
  const at = new Date(`${day}T00:00Z`);
  if (Number.isNaN(at.getTime())) return day;
  const options: Intl.DateTimeFormatOptions =
    language === 'et' ? { day: '2-digit', month: '2-digit' } : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(LOCALES[language], {
    ...options,
    timeZone: 'UTC',
    year: 'numeric',
  }).format(at);
}
