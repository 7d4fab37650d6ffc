import { beforeEach, expect, test } from 'vitest';
import { forgetOldSignIn, forgetSignIn, markSignIn, mayBeSignedIn } from './sign-in-mark.ts';

const NOW = Date.parse('2026-11-27T09:26:00Z');
const MINUTE = 60_000;

beforeEach(() => localStorage.clear());

test('there may be a session from the way to sign in to its end', () => {
  expect(mayBeSignedIn()).toBe(false);
  markSignIn(NOW);
  expect(mayBeSignedIn()).toBe(true);
  forgetSignIn();
  expect(mayBeSignedIn()).toBe(false);
});

test('a refusal while somebody may be signing in by another tab forgets nothing', () => {
  markSignIn(NOW);
  forgetOldSignIn(NOW + 4 * MINUTE);
  expect(mayBeSignedIn()).toBe(true);
  forgetOldSignIn(NOW + 6 * MINUTE);
  expect(mayBeSignedIn()).toBe(false);
});

test('only a time is stored', () => {
  markSignIn(NOW);
  expect(Object.values({ ...localStorage })).toEqual([String(NOW)]);
});
