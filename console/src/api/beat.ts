//! The times at which data are read again: while the page is visible, later after each failure, never all at once.

import type { Query } from '@tanstack/react-query';

/** The longest time between two reads in milliseconds, however many failed. */
const LONGEST = 60_000;

/** Returns an interval of some `seconds`, longer by the number of failures, and with a jitter of a fifth. */
export function every(seconds: number): (query: Pick<Query, 'state'>) => number {
  return ({ state }) => interval(seconds * 1000, state.fetchFailureCount, Math.random());
}

/** Returns the milliseconds to the next read after `failures` failures in a row. `random` is in 0..1. */
export function interval(usual: number, failures: number, random: number): number {
  const backedOff = Math.min(LONGEST, usual * 2 ** failures);
  return Math.round(backedOff * (0.8 + 0.4 * random));
}
