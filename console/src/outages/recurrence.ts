//! The occurrences of a rule, so that a plan can be checked before it is sent. The API decides; this repeats its rule
//! (`shared/domain/src/outages/recurrence.rs`).

import type { Schemas } from '../api/client.ts';
import { DEFAULT_ZONE, type Instant, instantOf } from './zone.ts';

export type Rule = Schemas['OutageRule'];
export type Weekday = Schemas['Weekday'];
export type MonthDay = Schemas['MonthDay'];
export type Nth = Extract<MonthDay, { weekday: object }>['weekday']['nth'];

/** The weekdays in the order of a week. */
export const WEEKDAYS: Weekday[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
];

/** The place in a month, and the number of weeks after the first. */
const WEEKS: Record<Nth, number> = { first: 0, second: 1, third: 2, fourth: 3, fifth: 4, last: -1 };

const DAY = 86_400_000;
const LAST = Date.UTC(9999, 11, 31);
/** The most weeks or months that are tried: a rule may have no occurrence at all, such as 30 February. */
const MOST_TRIES = 5000;

export interface Occurrence {
  start: Date;
  end: Date;
  /** Whether clocks skip the planned start, or show it twice. */
  change?: Instant['change'];
}

/** Returns the first `count` occurrences that end after `from`. */
export function occurrences(rule: Rule, from: Date, count: number): Occurrence[] {
  const found: Occurrence[] = [];
  const { exceptions = [], minutes, start, until, zone = DEFAULT_ZONE } = rule;
  // A zone is at most a day away from any other, and an occurrence is at most a day long.
  const earliest = from.getTime() - 3 * DAY;
  for (const day of days(rule)) {
    const date = dateOf(day);
    if (found.length === count || (until !== undefined && date > until)) break;
    if (day < earliest || exceptions.includes(date)) continue;
    const { at, change } = instantOf(`${date}${start.slice(10)}`, zone);
    const end = new Date(at.getTime() + minutes * 60_000);
    if (end > from) found.push({ start: at, end, ...(change && { change }) });
  }
  return found;
}

/** Returns whether the first start is on a day of the rule. Otherwise the API refuses it. */
export function startsOnItsDay(rule: Rule): boolean {
  const first = days(rule).next();
  return !first.done && dateOf(first.value) === rule.start.slice(0, 10);
}

function dateOf(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}

/** Returns the days of a rule from its first start on, as midnights of UTC. */
function* days(rule: Rule): Generator<number> {
  const first = Date.parse(rule.start.slice(0, 10));
  const { repeat } = rule;
  if (Number.isNaN(first)) return;
  if (repeat === undefined || repeat === 'once') {
    yield first;
    return;
  }
  for (let number = 0; number < MOST_TRIES; number += 1) {
    const some =
      'weekly' in repeat ? inWeek(first, number, repeat) : inMonth(first, number, repeat);
    for (const day of some) {
      if (day > LAST) return;
      if (day >= first) yield day;
    }
  }
}

/** Returns the days in the week `number` of a weekly rule. Weeks begin on Monday. */
function inWeek(first: number, number: number, { weekly }: Schemas['WeeklyRepeat']): number[] {
  const monday = first - offsetOf(first) * DAY + number * Math.max(1, weekly.every) * 7 * DAY;
  return WEEKDAYS.flatMap((weekday, offset) =>
    weekly.weekdays.includes(weekday) ? [monday + offset * DAY] : [],
  );
}

/** Returns the day in the month `number` of a monthly rule; none if the month does not have it. */
function inMonth(first: number, number: number, { monthly }: Schemas['MonthlyRepeat']): number[] {
  const date = new Date(first);
  const [year, month] = [
    date.getUTCFullYear(),
    date.getUTCMonth() + number * Math.max(1, monthly.every),
  ];
  const [start, end] = [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 0)];
  const day = dayOf(monthly.on, start, end);
  return day >= start && day <= end ? [day] : [];
}

function dayOf(on: MonthDay, start: number, end: number): number {
  if (on === 'last') return end;
  if ('day' in on) return start + (on.day - 1) * DAY;
  const weekday = WEEKDAYS.indexOf(on.weekday.weekday);
  const week = WEEKS[on.weekday.nth];
  if (week < 0) return end - ((offsetOf(end) - weekday + 7) % 7) * DAY;
  return start + (((weekday - offsetOf(start) + 7) % 7) + 7 * week) * DAY;
}

/** Returns the number of days after Monday. */
function offsetOf(day: number): number {
  return (new Date(day).getUTCDay() + 6) % 7;
}
