import { expect, test } from 'vitest';
import { type Filter, filterOf, NO_FILTER, searchOf } from './filter.ts';

test('address has the filter, and nothing that is not filtered', () => {
  const filter: Filter = { active: false, kind: 'network', institution: 'tax-board', days: '7' };
  expect(filterOf(searchOf(filter))).toEqual(filter);
  expect(searchOf(NO_FILTER)).toBe('');
});

test('without a filter, incidents that are over are left out', () => {
  expect(filterOf('')).toEqual(NO_FILTER);
  expect(filterOf('?active=true').active).toBe(true);
  expect(filterOf('?active=false').active).toBe(false);
});

test('unknown values filter nothing', () => {
  expect(filterOf('?kind=other&days=1000')).toEqual(NO_FILTER);
});
