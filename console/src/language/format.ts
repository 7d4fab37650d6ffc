//! Times, lengths of time and numbers in words. Times are shown in the zone of the browser.

import type { Language } from './language.tsx';

const LOCALES: Record<Language, string> = { et: 'et-EE', en: 'en-GB' };

const DAY: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric' };
const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hour12: false };

/** Formats by what they are of: to make one takes longer than to format a page of times. */
const formats = new Map<string, unknown>();

function kept<F>(key: string, make: () => F): F {
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key) as F;
}

function dates(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${Object.keys(options)}`;
  return kept(key, () => new Intl.DateTimeFormat(LOCALES[language], options));
}

function numbers(language: Language, unit?: Intl.NumberFormatOptions['unit']): Intl.NumberFormat {
  const options =
    unit === undefined ? {} : ({ style: 'unit', unit, unitDisplay: 'short' } as const);
  return kept(`${language} ${unit}`, () => new Intl.NumberFormat(LOCALES[language], options));
}

/** Returns the time of the day, after the date unless it is that of `now`; with seconds if it is exact. */
export function moment(at: Date, now: Date, language: Language, isExact = false): string {
  const isToday = at.toDateString() === now.toDateString();
  const clock = isExact ? { ...CLOCK, second: '2-digit' as const } : CLOCK;
  const options = isToday ? clock : { ...DAY, ...clock };
  return dates(language, options).format(at);
}

/** Returns the date. */
export function day(at: Date, language: Language): string {
  return dates(language, DAY).format(at);
}

const UNITS: [number, Intl.NumberFormatOptions['unit']][] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** Returns a length of time by its two largest units: "2 h 5 min". It is rounded down. */
export function duration(seconds: number, language: Language): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  const first = UNITS.findIndex(([length]) => rest >= length);
  for (const [length, unit] of UNITS.slice(first < 0 ? UNITS.length - 1 : first).slice(0, 2)) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0 || parts.length === 0) {
      parts.push(numbers(language, unit).format(count));
    }
  }
  return parts.join(' ');
}

/** Returns a number with the language's groups of digits. */
export function number(value: number, language: Language): string {
  return numbers(language).format(value);
}

/** Returns names as a list in a sentence: "a, b and c". */
export function list(items: string[], language: Language): string {
  return kept(`${language} list`, () => new Intl.ListFormat(LOCALES[language])).format(items);
}

/** Compares names as people sort them: digits by their number. */
export function collator(language: Language): Intl.Collator {
  return new Intl.Collator(LOCALES[language], { numeric: true });
}
