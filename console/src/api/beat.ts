//! The times at which data are read again: while the page is visible, later after a read that failed, never all at once.

import type { Query } from '@tanstack/react-query';

/** The longest time between two reads in milliseconds, however often one was tried. */
const LONGEST = 60_000;

type State = Pick<Query['state'], 'dataUpdatedAt' | 'errorUpdatedAt' | 'fetchFailureCount'>;

/**
 * Returns an interval of some `seconds`, longer if the last read failed, and with a jitter of a fifth. It stays the same
 * until the next answer: the library begins to wait anew when it changes, so what is shown anew would put off the read.
 */
export function every(seconds: number): (query: { state: State }) => number {
  return ({ state }) => interval(seconds * 1000, state.fetchFailureCount, fraction(state));
}

/** Returns the milliseconds to the next read after one that failed in `tries` tries. `random` is in 0..1. */
export function interval(usual: number, tries: number, random: number): number {
  const backedOff = Math.min(LONGEST, usual * 2 ** tries);
  return Math.round(backedOff * (0.8 + 0.4 * random));
}

/** Returns a number in 0..1 that differs between answers: the milliseconds of two browsers are not the same. */
function fraction({ dataUpdatedAt, errorUpdatedAt }: State): number {
  return ((dataUpdatedAt + errorUpdatedAt) * Math.SQRT2) % 1;
}
