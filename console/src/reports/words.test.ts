import { expect, test } from 'vitest';
import type { Schemas } from '../api/client.ts';
import { fileName } from './data.ts';
import { percent } from './words.ts';

const times: Schemas['Availability'] = {
  countedSeconds: 1,
  totalSeconds: 1,
  plannedSeconds: 0,
  unknownSeconds: 0,
  offlineSeconds: 0,
  forcedSeconds: 0,
};

test('availability has two places, and is a dash if no time counts', () => {
  expect(percent({ ...times, percent: 99.99 }, 'et')).toBe('99,99%');
  expect(percent({ ...times, percent: 100 }, 'en')).toBe('100.00%');
  expect(percent(times, 'en')).toBe('–');
});

test('name of the file is the one of the API', () => {
  expect(fileName('attachment; filename="tax-board-2026-11.csv"', 'x.csv')).toBe(
    'tax-board-2026-11.csv',
  );
  expect(fileName('attachment; filename="../x"', 'x.csv')).toBe('x.csv');
  expect(fileName(null, 'x.csv')).toBe('x.csv');
});
