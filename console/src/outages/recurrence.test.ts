import { expect, test } from 'vitest';
import { type MonthDay, occurrences, type Rule, startsOnItsDay } from './recurrence.ts';
import { instantOf, period, wallOf } from './zone.ts';

const ZONE = 'Europe/Tallinn';

const rule = (fields: Partial<Rule>): Rule => ({
  start: '2027-03-07T03:30',
  zone: ZONE,
  minutes: 90,
  ...fields,
});

/** Returns the starts as clocks in Tallinn show them. */
const starts = (of: Rule, from: string, count: number) =>
  occurrences(of, new Date(from), count).map(({ start }) => wallOf(start, ZONE));

const sundays = rule({ repeat: { weekly: { every: 1, weekdays: ['sunday'] } } });
const monthly = (on: MonthDay, start: string, every = 1) =>
  rule({ start, repeat: { monthly: { every, on } } });

test('rule without a repetition takes place once', () => {
  expect(starts(rule({}), '2027-01-01T00:00Z', 5)).toEqual(['2027-03-07T03:30']);
  expect(starts(rule({ repeat: 'once' }), '2027-03-08T00:00Z', 5)).toEqual([]);
});

test('occurrence that is in progress counts until its end', () => {
  expect(starts(rule({}), '2027-03-07T02:59Z', 1)).toHaveLength(1);
  expect(starts(rule({}), '2027-03-07T03:00Z', 1)).toHaveLength(0);
});

test('start that clocks skip is as much later, and its length is the same', () => {
  const [, , , skipped] = occurrences(sundays, new Date('2027-03-01T00:00Z'), 4);
  expect(skipped?.start.toISOString()).toBe('2027-03-28T01:30:00.000Z');
  expect(skipped?.end.toISOString()).toBe('2027-03-28T03:00:00.000Z');
  expect(skipped?.change).toBe('skipped');
  expect(wallOf(skipped?.start ?? new Date(), ZONE)).toBe('2027-03-28T04:30');
});

test('start that clocks show twice is the first', () => {
  const [repeated] = occurrences(sundays, new Date('2027-10-30T12:00Z'), 1);
  expect(repeated?.start.toISOString()).toBe('2027-10-31T00:30:00.000Z');
  expect(repeated?.change).toBe('repeated');
});

test('times around a change of clocks are exact', () => {
  for (const [wall, at] of [
    ['2027-03-28T02:59', '2027-03-28T00:59:00.000Z'],
    ['2027-03-28T04:00', '2027-03-28T01:00:00.000Z'],
    ['2027-10-31T02:59', '2027-10-30T23:59:00.000Z'],
    ['2027-10-31T04:00', '2027-10-31T02:00:00.000Z'],
  ] as const) {
    const instant = instantOf(wall, ZONE);
    expect(instant.at.toISOString()).toBe(at);
    expect(instant.change).toBeUndefined();
  }
});

test('weeks of a rule are counted from the one of its first start', () => {
  const of = rule({
    start: '2027-03-03T03:30',
    repeat: { weekly: { every: 2, weekdays: ['sunday', 'monday', 'wednesday'] } },
  });
  expect(starts(of, '2027-01-01T00:00Z', 4).map((wall) => wall.slice(0, 10))).toEqual([
    '2027-03-03',
    '2027-03-07',
    '2027-03-15',
    '2027-03-17',
  ]);
});

test('day of a month is that of the calendar, and a month without it is left out', () => {
  const dates = (on: MonthDay, start: string, every = 1) =>
    starts(monthly(on, start, every), '2027-01-01T00:00Z', 3).map((wall) => wall.slice(0, 10));
  expect(dates('last', '2027-01-31T03:30')).toEqual(['2027-01-31', '2027-02-28', '2027-03-31']);
  expect(dates({ day: 31 }, '2027-01-31T03:30')).toEqual([
    '2027-01-31',
    '2027-03-31',
    '2027-05-31',
  ]);
  const sunday = (nth: 'second' | 'fifth' | 'last'): MonthDay => ({
    weekday: { nth, weekday: 'sunday' },
  });
  expect(dates(sunday('second'), '2027-01-10T03:30', 3)).toEqual([
    '2027-01-10',
    '2027-04-11',
    '2027-07-11',
  ]);
  expect(dates(sunday('fifth'), '2027-01-31T03:30')).toEqual([
    '2027-01-31',
    '2027-05-30',
    '2027-08-29',
  ]);
  expect(dates(sunday('last'), '2027-08-29T03:30')).toEqual([
    '2027-08-29',
    '2027-09-26',
    '2027-10-31',
  ]);
});

test('rule leaves out its exceptions and ends on its last day', () => {
  const of = { ...sundays, exceptions: ['2027-03-14'], until: '2027-03-21' };
  expect(starts(of, '2027-03-01T00:00Z', 9).map((wall) => wall.slice(0, 10))).toEqual([
    '2027-03-07',
    '2027-03-21',
  ]);
});

test('rule that never takes place ends', () => {
  const of = monthly({ day: 30 }, '2027-02-01T03:30', 12);
  expect(starts(of, '2027-01-01T00:00Z', 1)).toEqual([]);
});

test('first start must be on a day of the rule', () => {
  expect(startsOnItsDay(sundays)).toBe(true);
  expect(startsOnItsDay({ ...sundays, start: '2027-03-08T03:30' })).toBe(false);
  expect(startsOnItsDay(monthly('last', '2027-02-28T03:30'))).toBe(true);
  expect(startsOnItsDay(monthly('last', '2027-02-27T03:30'))).toBe(false);
});

test('period names the day once, in the zone of the rule', () => {
  const [start, end] = [new Date('2027-03-07T01:30Z'), new Date('2027-03-07T03:00Z')];
  expect(period(start, end, ZONE, 'en')).toMatch(/^Sun.*7 Mar.*2027.*03:30.*05:00$/);
  expect(period(start, end, ZONE, 'et')).toMatch(/7\. märts 2027.*03:30.*05:00$/);
});
