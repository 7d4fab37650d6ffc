import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { every, interval } from './beat.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('interval is within a fifth of the usual one, and at most 72 seconds', () => {
  expect(interval(5000, 0, 0)).toBe(4000);
  expect(interval(5000, 0, 1)).toBe(6000);
  expect(interval(5000, 50, 1)).toBe(72_000);
});

test.each([
  { what: 'answers', isAway: false, least: 10, most: 15 },
  { what: 'is away', isAway: true, least: 1, most: 10 },
])(
  'service that $what is read again, though the screen is shown anew each second',
  async ({ isAway, least, most }) => {
    let reads = 0;
    const options = {
      queryKey: ['beat'],
      queryFn: async () => {
        reads += 1;
        if (isAway) throw new Error('away');
        return reads;
      },
      retry: 2,
      refetchInterval: every(5),
    };
    const observer = new QueryObserver(new QueryClient(), options);
    const stop = observer.subscribe(() => undefined);
    // The tries of the first read are over.
    await vi.advanceTimersByTimeAsync(4000);
    reads = 0;
    for (let second = 0; second < 60; second += 1) {
      observer.setOptions(options);
      await vi.advanceTimersByTimeAsync(1000);
    }
    stop();
    expect(reads).toBeGreaterThanOrEqual(least);
    expect(reads).toBeLessThanOrEqual(most);
  },
);
