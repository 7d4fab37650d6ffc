import { expect, test } from 'vitest';
import { filtered, filterOf, NO_FILTER, searchOf } from './filter.ts';
import type { Outage } from './plan.ts';

const STATES = ['requested', 'confirmed', 'in-progress', 'completed', 'cancelled'] as const;

const outages: Outage[] = STATES.map((state) => ({
  id: state,
  institution: 'tax-board',
  rule: { start: '2027-03-07T03:30', minutes: 90 },
  reason: 'Database upgrade',
  takeOut: false,
  state,
  requestedAt: '2027-01-01T00:00:00Z',
  updatedAt: '2027-01-01T00:00:00Z',
  occurrences: [],
}));

test('address has the filter, and nothing that is not filtered', () => {
  const filter = { state: 'in-progress', institution: 'tax-board' };
  expect(filterOf(searchOf(filter))).toEqual(filter);
  expect(searchOf(NO_FILTER)).toBe('');
});

test('what is over is left out without a filter', () => {
  const states = (state: string) =>
    filtered(outages, { ...NO_FILTER, state }).map((one) => one.state);
  expect(states('')).toEqual(['requested', 'confirmed', 'in-progress']);
  expect(states('all')).toEqual([...STATES]);
  expect(states('cancelled')).toEqual(['cancelled']);
});
