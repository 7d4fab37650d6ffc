import { expect, test } from 'vitest';
import { filterOf, queryOf, searchOf } from './filter.ts';

test('address has the filter, and nothing that is not filtered', () => {
  const filter = { profile: 'dmr' as const, name: 'dmr-tallinn', isEnding: true };
  expect(filterOf(searchOf(filter))).toEqual(filter);
  expect(searchOf({ profile: '', name: '', isEnding: false })).toBe('');
});

test('a holder goes with a profile, as the API asks', () => {
  expect(filterOf('?name=dmr-tallinn')).toEqual({ profile: '', name: '', isEnding: false });
  expect(queryOf(filterOf('?profile=robot&name=a'))).toEqual({});
  expect(queryOf(filterOf('?profile=dmr&name=a1&ending=soon'))).toEqual({
    profile: 'dmr',
    name: 'a1',
  });
});
