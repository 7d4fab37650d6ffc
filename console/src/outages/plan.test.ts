import { expect, test } from 'vitest';
import type { Language } from '../language/language.tsx';
import {
  changeBy,
  changeOf,
  entriesOf,
  FIELDS,
  NEW_PLAN,
  type Outage,
  requestOf,
  ruleOf,
} from './plan.ts';
import type { MonthDay, Rule } from './recurrence.ts';
import { byTime, nextOf, ruleWords, stateOptions, weekdayOptions } from './words.ts';

const START = '2027-03-07T03:30';
const sunday = { weekday: 'sunday' } as const;
const monthly = (on: MonthDay, every = 1): Rule => ({
  start: START,
  zone: 'Europe/Tallinn',
  minutes: 90,
  repeat: { monthly: { every, on } },
});

const RULES: Rule[] = [
  { start: START, zone: 'UTC', minutes: 1440 },
  {
    start: START,
    zone: 'Europe/Tallinn',
    minutes: 90,
    repeat: { weekly: { every: 2, weekdays: ['wednesday', 'sunday'] } },
    exceptions: ['2027-03-21', '2027-04-04'],
    until: '2027-12-31',
  },
  monthly('last'),
  monthly({ day: 7 }, 3),
  monthly({ weekday: { nth: 'first', ...sunday } }),
];

function outage(fields: Partial<Outage> = {}): Outage {
  return {
    id: '0199d1f2-0000-7000-8000-000000000000',
    institution: 'tax-board',
    rule: RULES[1] as Rule,
    reason: 'Database upgrade',
    takeOut: false,
    state: 'confirmed',
    requestedAt: '2027-01-01T00:00:00Z',
    updatedAt: '2027-01-01T00:00:00Z',
    occurrences: [],
    ...fields,
  };
}

const occurrence = (start: string, state: Outage['state']) => ({
  start,
  end: start,
  plannedEnd: start,
  state,
  overrun: false,
  excluded: true,
});

test('every rule comes back from the fields of its form', () => {
  for (const rule of RULES) expect(ruleOf(entriesOf(outage({ rule })))).toEqual(rule);
});

test('rule is incomplete without its start or its length', () => {
  expect(ruleOf(NEW_PLAN)).toBeUndefined();
  expect(ruleOf({ ...NEW_PLAN, [FIELDS.start]: START, [FIELDS.minutes]: '0' })).toBeUndefined();
});

test('days that are not chosen are those of the first start', () => {
  const entries = { ...NEW_PLAN, [FIELDS.start]: START };
  expect(ruleOf({ ...entries, [FIELDS.repeat]: 'weekly' })?.repeat).toEqual({
    weekly: { every: 1, weekdays: ['sunday'] },
  });
  expect(ruleOf({ ...entries, [FIELDS.repeat]: 'monthly' })?.repeat).toEqual({
    monthly: { every: 1, on: { day: 7 } },
  });
});

test('exceptions are separated by spaces or commas', () => {
  const entries = entriesOf(outage());
  entries[FIELDS.exceptions] = '2027-04-04, 2027-03-21';
  expect(ruleOf(entries)).toEqual(RULES[1]);
});

test('request names chatbots only if they are chosen', () => {
  const entries = entriesOf(outage({ chatbots: ['b', 'a'], takeOut: true }));
  expect(requestOf(entries)).toEqual({
    institution: 'tax-board',
    chatbots: ['a', 'b'],
    rule: RULES[1],
    reason: 'Database upgrade',
    takeOut: true,
  });
  expect(requestOf({ ...entries, [FIELDS.scope]: 'all' })).not.toHaveProperty('chatbots');
});

test('change has the changed fields only', () => {
  // As the API writes them: seconds of the start, weekdays as they were requested, each default.
  const repeat: NonNullable<Rule['repeat']> = {
    weekly: { every: 2, weekdays: ['sunday', 'wednesday'] },
  };
  const stored = outage({ rule: { ...(RULES[1] as Rule), start: `${START}:00`, repeat } });
  const entries = entriesOf(stored);
  expect(changeOf(stored, entries)).toBeUndefined();
  expect(changeOf(stored, { ...entries, [FIELDS.reason]: 'Disk' })).toEqual({ reason: 'Disk' });
  expect(changeOf(stored, { ...entries, [FIELDS.takeOut]: 'true' })).toEqual({ takeOut: true });
  expect(changeOf(stored, { ...entries, [FIELDS.minutes]: '60' })).toEqual({
    rule: { ...RULES[1], minutes: 60 },
  });
  const chosen = { ...entries, [FIELDS.scope]: 'chosen', [`${FIELDS.chatbots}/a`]: 'on' };
  expect(changeOf(stored, chosen)).toEqual({ chatbots: ['a'] });
  const some = outage({ chatbots: ['a'] });
  expect(changeOf(some, { ...entriesOf(some), [FIELDS.scope]: 'all' })).toEqual({
    chatbots: 'all',
  });
});

test('changed entries are added to the latest plan, and empty ones are gone', () => {
  const latest = outage({ reason: 'Changed by another', takeOut: true });
  expect(changeBy(latest, { [FIELDS.minutes]: '60' })).toEqual({
    rule: { ...RULES[1], minutes: 60 },
  });
  expect(changeBy(latest, { [FIELDS.takeOut]: '', [FIELDS.until]: '' })).toEqual({
    takeOut: false,
    rule: (({ until: _, ...rule }) => rule)(RULES[1] as Rule),
  });
  expect(changeBy(latest, {})).toBeUndefined();
});

test('rule in words', () => {
  expect(RULES.map((rule) => ruleWords(rule, 'en'))).toEqual([
    'Once: 7 Mar 2027 at 03:30 (UTC), for 1 day.',
    'Every 2 weeks on Wednesday and Sunday at 03:30 (Europe/Tallinn), for 1 hr 30 mins, first on 7 Mar 2027. Last day: 31 Dec 2027. Not on: 21 Mar 2027 and 4 Apr 2027.',
    'Every month on the last day at 03:30 (Europe/Tallinn), for 1 hr 30 mins, first on 7 Mar 2027.',
    'Every 3 months on day 7 at 03:30 (Europe/Tallinn), for 1 hr 30 mins, first on 7 Mar 2027.',
    'Every month on the first Sunday at 03:30 (Europe/Tallinn), for 1 hr 30 mins, first on 7 Mar 2027.',
  ]);
  expect(ruleWords(RULES[4] as Rule, 'et')).toMatch(
    /^Iga kuu esimesel pühapäeval kell 03:30 \(Europe\/Tallinn\), kestus .*, esimest korda 07\.03\.2027\.$/,
  );
});

test('days that are still being typed are shown as they are', () => {
  const words = ruleWords({ ...(RULES[1] as Rule), exceptions: ['2027-1'] }, 'et');
  expect(words).toMatch(/Ei toimu: 2027-1\.$/);
});

test.each<Language>(['et', 'en'])(
  'every state and weekday has a word of its own in %s',
  (language) => {
    for (const options of [stateOptions(language), weekdayOptions(language)])
      expect(new Set(options.map(([, word]) => word)).size).toBe(options.length);
  },
);

test('next occurrence is the first that is not over', () => {
  const occurrences = [
    occurrence('2027-03-14T01:30:00Z', 'confirmed'),
    occurrence('2027-03-07T01:30:00Z', 'in-progress'),
    occurrence('2027-02-28T01:30:00Z', 'completed'),
  ];
  expect(nextOf({ occurrences })?.state).toBe('in-progress');
  expect(nextOf({ occurrences: occurrences.slice(2) })).toBeUndefined();
});

test('what takes place first comes first, and what is over last', () => {
  const all = [
    outage({ id: 'old', state: 'completed' }),
    outage({ id: 'newer', state: 'cancelled', updatedAt: '2027-02-01T00:00:00Z' }),
    outage({ id: 'far' }),
    outage({ id: 'second', occurrences: [occurrence('2027-03-14T01:30:00Z', 'confirmed')] }),
    outage({ id: 'first', occurrences: [occurrence('2027-03-07T01:30:00Z', 'requested')] }),
  ];
  expect(byTime(all).map(({ id }) => id)).toEqual(['first', 'second', 'far', 'newer', 'old']);
});
