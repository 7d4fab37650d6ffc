import { expect, test } from 'vitest';
import { instant, localTime } from './local-time.ts';

test('field and instant are the same time, to the minute', () => {
  for (const at of ['2026-11-27T09:12:00.000Z', '2026-07-01T00:00:00.000Z']) {
    expect(instant(localTime(at))).toBe(at);
  }
  expect(localTime('2026-11-27T09:12:59Z')).toBe(localTime('2026-11-27T09:12:00Z'));
});

test('field is in the zone of the browser', () => {
  const date = new Date(2026, 10, 7, 4, 5);
  expect(localTime(date.toISOString())).toBe('2026-11-07T04:05');
});

test('neither an empty field nor a wrong address has a time', () => {
  for (const text of [undefined, '', 'yesterday']) {
    expect(instant(text)).toBeUndefined();
    expect(localTime(text)).toBe('');
  }
});
