//! Words for planned outages: states, and when a rule takes place.

import type { Schemas } from '../api/client.ts';
import { duration, list } from '../language/format.ts';
import { catalogue, type Language } from '../language/language.tsx';
import type { Outage } from './plan.ts';
import type { MonthDay, Nth, Rule, Weekday } from './recurrence.ts';
import { civilDay, DEFAULT_ZONE } from './zone.ts';

export type State = Schemas['OutageState'];
type Occurrence = Schemas['OutageOccurrence'];

interface Texts {
  state: Record<State, string>;
  /** As the heading of a choice. */
  weekday: Record<Weekday, string>;
  /** In a sentence: "on Sunday". */
  onWeekday: Record<Weekday, string>;
  nth: Record<Nth, string>;
  /** In a sentence, before the weekday: "on the first". */
  onNth: Record<Nth, string>;
  onDay: (day: number) => string;
  onLast: string;
  weekly: (every: number, weekdays: string) => string;
  monthly: (every: number, on: string) => string;
  once: (day: string, time: string, zone: string, length: string) => string;
  repeated: (repeat: string, time: string, zone: string, length: string, from: string) => string;
  until: (day: string) => string;
  exceptions: (days: string) => string;
}

const TEXTS = catalogue<Texts>({
  et: {
    state: {
      requested: 'Ootab kinnitust',
      confirmed: 'Kinnitatud',
      'in-progress': 'Käimas',
      completed: 'Lõppenud',
      cancelled: 'Tühistatud',
    },
    weekday: {
      monday: 'esmaspäev',
      tuesday: 'teisipäev',
      wednesday: 'kolmapäev',
      thursday: 'neljapäev',
      friday: 'reede',
      saturday: 'laupäev',
      sunday: 'pühapäev',
    },
    onWeekday: {
      monday: 'esmaspäeval',
      tuesday: 'teisipäeval',
      wednesday: 'kolmapäeval',
      thursday: 'neljapäeval',
      friday: 'reedel',
      saturday: 'laupäeval',
      sunday: 'pühapäeval',
    },
    nth: {
      first: 'esimene',
      second: 'teine',
      third: 'kolmas',
      fourth: 'neljas',
      fifth: 'viies',
      last: 'viimane',
    },
    onNth: {
      first: 'esimesel',
      second: 'teisel',
      third: 'kolmandal',
      fourth: 'neljandal',
      fifth: 'viiendal',
      last: 'viimasel',
    },
    onDay: (day) => `${day}. kuupäeval`,
    onLast: 'viimasel päeval',
    weekly: (every, weekdays) =>
      every === 1 ? `Igal ${weekdays}` : `Iga ${every} nädala järel ${weekdays}`,
    monthly: (every, on) => (every === 1 ? `Iga kuu ${on}` : `Iga ${every} kuu järel ${on}`),
    once: (day, time, zone, length) => `Üks kord: ${day} kell ${time} (${zone}), kestus ${length}.`,
    repeated: (repeat, time, zone, length, from) =>
      `${repeat} kell ${time} (${zone}), kestus ${length}, esimest korda ${from}.`,
    until: (day) => `Viimane päev: ${day}.`,
    exceptions: (days) => `Ei toimu: ${days}.`,
  },
  en: {
    state: {
      requested: 'Waits for confirmation',
      confirmed: 'Confirmed',
      'in-progress': 'In progress',
      completed: 'Completed',
      cancelled: 'Cancelled',
    },
    weekday: {
      monday: 'Monday',
      tuesday: 'Tuesday',
      wednesday: 'Wednesday',
      thursday: 'Thursday',
      friday: 'Friday',
      saturday: 'Saturday',
      sunday: 'Sunday',
    },
    onWeekday: {
      monday: 'Monday',
      tuesday: 'Tuesday',
      wednesday: 'Wednesday',
      thursday: 'Thursday',
      friday: 'Friday',
      saturday: 'Saturday',
      sunday: 'Sunday',
    },
    nth: {
      first: 'first',
      second: 'second',
      third: 'third',
      fourth: 'fourth',
      fifth: 'fifth',
      last: 'last',
    },
    onNth: {
      first: 'on the first',
      second: 'on the second',
      third: 'on the third',
      fourth: 'on the fourth',
      fifth: 'on the fifth',
      last: 'on the last',
    },
    onDay: (day) => `on day ${day}`,
    onLast: 'on the last day',
    weekly: (every, weekdays) =>
      every === 1 ? `Every ${weekdays}` : `Every ${every} weeks on ${weekdays}`,
    monthly: (every, on) => (every === 1 ? `Every month ${on}` : `Every ${every} months ${on}`),
    once: (day, time, zone, length) => `Once: ${day} at ${time} (${zone}), for ${length}.`,
    repeated: (repeat, time, zone, length, from) =>
      `${repeat} at ${time} (${zone}), for ${length}, first on ${from}.`,
    until: (day) => `Last day: ${day}.`,
    exceptions: (days) => `Not on: ${days}.`,
  },
});

/** Returns the state as words. */
export function outageStateWords(state: State, language: Language): string {
  return TEXTS[language].state[state];
}

/** Returns each state with its words, for a choice. */
export function stateOptions(language: Language): [string, string][] {
  return Object.entries(TEXTS[language].state);
}

/** Returns each weekday with its word, for a choice. */
export function weekdayOptions(language: Language): [Weekday, string][] {
  return Object.entries(TEXTS[language].weekday) as [Weekday, string][];
}

/** Returns each place of a weekday in a month with its word, for a choice. */
export function nthOptions(language: Language): [string, string][] {
  return Object.entries(TEXTS[language].nth);
}

/** Returns when a rule takes place. */
export function ruleWords(rule: Rule, language: Language): string {
  const texts = TEXTS[language];
  const { exceptions = [], minutes, repeat = 'once', start, until, zone = DEFAULT_ZONE } = rule;
  const [date, time] = [civilDay(start.slice(0, 10), language), start.slice(11, 16)];
  const length = duration(minutes * 60, language);
  if (repeat === 'once') return texts.once(date, time, zone, length);
  const days = exceptions.map((one) => civilDay(one, language));
  return [
    texts.repeated(repeatWords(repeat, language), time, zone, length, date),
    ...(until === undefined ? [] : [texts.until(civilDay(until, language))]),
    ...(days.length === 0 ? [] : [texts.exceptions(list(days, language))]),
  ].join(' ');
}

function repeatWords(repeat: Exclude<Schemas['OutageRepeat'], 'once'>, language: Language): string {
  const texts = TEXTS[language];
  if ('monthly' in repeat)
    return texts.monthly(repeat.monthly.every, onWords(repeat.monthly.on, language));
  const weekdays = repeat.weekly.weekdays.map((one) => texts.onWeekday[one]);
  return texts.weekly(repeat.weekly.every, list(weekdays, language));
}

function onWords(on: MonthDay, language: Language): string {
  const texts = TEXTS[language];
  if (on === 'last') return texts.onLast;
  if ('day' in on) return texts.onDay(on.day);
  return `${texts.onNth[on.weekday.nth]} ${texts.onWeekday[on.weekday.weekday]}`;
}

/** Returns whether a planned outage takes place no more. */
export function isOver({ state }: Pick<Outage, 'state'>): boolean {
  return state === 'completed' || state === 'cancelled';
}

/** Returns the occurrence that is in progress, or else the next one; none if there is none in the next 60 days. */
export function nextOf({ occurrences }: Pick<Outage, 'occurrences'>): Occurrence | undefined {
  return occurrences
    .filter((one) => !isOver(one))
    .sort((one, other) => Date.parse(one.start) - Date.parse(other.start))[0];
}

/** Returns those that take place by their next time, then those that take place later, then those that are over. */
export function byTime(outages: Outage[]): Outage[] {
  const rank = (one: Outage) => (isOver(one) ? 2 : nextOf(one) === undefined ? 1 : 0);
  const at = (one: Outage) => Date.parse(nextOf(one)?.start ?? one.rule.start);
  return [...outages].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      (isOver(one) ? Date.parse(other.updatedAt) - Date.parse(one.updatedAt) : at(one) - at(other)),
  );
}
