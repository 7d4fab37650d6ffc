import { expect, test } from 'vitest';
import { interval } from './beat.ts';

test('fewer than 30 requests a minute are made while the service is away', () => {
  let [at, requests] = [0, 0];
  for (let failures = 0; at < 60_000; failures += 1) {
    at += interval(5000, failures, 0);
    requests += 1;
  }
  expect(requests).toBeLessThan(8);
});

test('interval is within a fifth of the usual one, and at most 72 seconds', () => {
  expect(interval(5000, 0, 0)).toBe(4000);
  expect(interval(5000, 0, 1)).toBe(6000);
  expect(interval(5000, 50, 1)).toBe(72_000);
});
