import { expect, test } from 'vitest';
import type { Schemas } from '../api/client.ts';
import { barsOf, RANGES, rangeOf, spanOf, sumOf } from './series.ts';

function point(minute: number, fields: Partial<Schemas['HealthPoint']> = {}) {
  const start = `2026-11-27T09:0${minute}:00Z`;
  return { start, total: 0, failed: 0, slow: 0, late: 0, codes: {}, levels: {}, ...fields };
}

const NOW = new Date('2026-11-27T09:12:30Z');

test('every range has at most 1500 points of whole minutes', () => {
  for (const range of RANGES) {
    const { from, to, step } = spanOf(range, NOW);
    const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
    expect(step % 60).toBe(0);
    expect(seconds % step).toBe(0);
    expect(seconds / step).toBeLessThan(1500);
  }
  expect(spanOf('1h', NOW)).toEqual({
    from: '2026-11-27T08:12:30.000Z',
    to: '2026-11-27T09:12:30.000Z',
    step: 60,
  });
});

test('an unknown range is the shortest', () => {
  expect(rangeOf('?range=7d')).toBe('7d');
  expect(rangeOf('?range=year')).toBe('1h');
  expect(rangeOf('')).toBe('1h');
});

test('sum has the worst step, the slowest one, and the steps without observations', () => {
  const points = [
    point(0, { total: 10, failed: 1, slow: 2, latency: { p50: 1, p95: 90, p99: 100 } }),
    point(1),
    point(2, { total: 20, failed: 13, late: 4, latency: { p50: 1, p95: 40, p99: 50 } }),
  ];
  expect(sumOf(points)).toEqual({
    total: 30,
    failed: 14,
    slow: 2,
    late: 4,
    empty: 1,
    worst: points[2],
    slowest: 90,
  });
  expect(sumOf([])).toEqual({ total: 0, failed: 0, slow: 0, late: 0, empty: 0 });
});

test('bars have one scale, and one failure of many can be seen', () => {
  const [most, few, none] = barsOf([
    point(0, { total: 1001, failed: 1 }),
    point(1, { total: 500, failed: 500 }),
    point(2),
  ]);
  expect(most).toMatchObject({ good: 50, failed: 2 });
  expect(few).toMatchObject({ good: 0, failed: 25 });
  expect(none).toMatchObject({ good: 0, failed: 0 });
});
