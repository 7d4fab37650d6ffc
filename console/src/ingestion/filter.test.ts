import { expect, test } from 'vitest';
import { logFilterOf, logSearchOf, newerThan } from './filter.ts';

const entry = (at: string) => ({ at, level: 'info' as const, message: '' });

test('address has the filter, and nothing that is not filtered', () => {
  const search = logSearchOf({ level: 'error', text: 'a & b', from: '2026-11-27T09:00' });
  expect(logFilterOf(search)).toEqual({
    level: 'error',
    text: 'a & b',
    from: new Date('2026-11-27T09:00').toISOString(),
  });
  expect(logSearchOf({})).toBe('');
  expect(logFilterOf('')).toEqual({});
});

test('an unknown level is no filter', () => {
  expect(logFilterOf('?level=loud')).toEqual({});
});

test('entries are newer by time, whatever the digits of their seconds', () => {
  const shown = [entry('2026-11-27T09:00:00Z'), entry('2026-11-27T08:59:00Z')];
  expect(newerThan(shown, [entry('2026-11-27T09:00:00.5Z'), ...shown])).toBe(1);
  expect(newerThan(shown, shown)).toBe(0);
  expect(newerThan([], [entry('2026-11-27T09:00:00Z')])).toBe(1);
});
