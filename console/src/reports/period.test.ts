import { expect, test } from 'vitest';
import { dayAfter, dayOf, daysOf, periodOf, presets, searchOf } from './period.ts';

test('address has the period, and nothing without one', () => {
  const period = { from: '2026-11-01', to: '2026-12-01' };
  expect(periodOf(searchOf(period))).toEqual(period);
  expect(periodOf('')).toEqual({});
  expect(searchOf({})).toBe('');
  expect(searchOf(period, { language: 'et' })).toBe('?from=2026-11-01&to=2026-12-01&language=et');
});

test('days are those of the calendar', () => {
  expect(dayAfter('2026-12-31')).toBe('2027-01-01');
  expect(dayAfter('2028-03-01', -1)).toBe('2028-02-29');
  expect(dayAfter('2027-03-28')).toBe('2027-03-29');
  expect(dayAfter('2027-3')).toBe('2027-3');
});

test('days of a report are those in Tallinn, and its end is left out', () => {
  expect(daysOf({ from: '2026-10-31T22:00:00Z', to: '2026-11-30T22:00:00Z' })).toEqual({
    first: '2026-11-01',
    last: '2026-11-30',
  });
  // A day of 25 hours.
  expect(daysOf({ from: '2027-10-30T21:00:00Z', to: '2027-10-31T22:00:00Z' })).toEqual({
    first: '2027-10-31',
    last: '2027-10-31',
  });
  // Cut at the time at which it was made.
  expect(daysOf({ from: '2026-10-31T22:00:00Z', to: '2026-11-27T12:00:00Z' }).last).toBe(
    '2026-11-27',
  );
});

test('offered periods end today or with the month before', () => {
  // In Tallinn it is already the first of January.
  const now = new Date('2026-12-31T22:30:00Z');
  expect(dayOf(now)).toBe('2027-01-01');
  expect(presets(now)).toEqual({
    week: {},
    days30: { from: '2026-12-02', to: '2027-01-01' },
    month: { from: '2027-01-01', to: '2027-01-02' },
    lastMonth: { from: '2026-12-01', to: '2027-01-01' },
  });
});
