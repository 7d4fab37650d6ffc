//! The time series of a chatbot's observations: its ranges, its sum, and the heights of its bars.

import type { Schemas } from '../api/client.ts';

type Point = Schemas['HealthPoint'];

export const RANGES = ['1h', '6h', '24h', '7d', '30d'] as const;

/** The length of time that is shown. */
export type Range = (typeof RANGES)[number];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The seconds of each range and of one of its steps: about a hundred points each. */
const LENGTHS: Record<Range, { length: number; step: number }> = {
  '1h': { length: HOUR, step: MINUTE },
  '6h': { length: 6 * HOUR, step: 5 * MINUTE },
  '24h': { length: DAY, step: 15 * MINUTE },
  '7d': { length: 7 * DAY, step: 2 * HOUR },
  '30d': { length: 30 * DAY, step: 6 * HOUR },
};

/** Returns the range that a query string has, or else the shortest. */
export function rangeOf(search: string): Range {
  const range = new URLSearchParams(search).get('range');
  return RANGES.find((one) => one === range) ?? '1h';
}

/** Returns the query of the range that ends now. */
export function spanOf(range: Range, now: Date): { from: string; to: string; step: number } {
  const { length, step } = LENGTHS[range];
  const from = new Date(now.getTime() - length * 1000);
  return { from: from.toISOString(), to: now.toISOString(), step };
}

export interface Sum {
  total: number;
  failed: number;
  slow: number;
  late: number;
  /** The steps without any observation. */
  empty: number;
  /** The step with the most failures. */
  worst?: Point;
  /** The longest 95th percentile of a step in milliseconds. */
  slowest?: number;
}

/** Returns the sum of a series. */
export function sumOf(points: Point[]): Sum {
  const sum: Sum = { total: 0, failed: 0, slow: 0, late: 0, empty: 0 };
  for (const point of points) {
    sum.total += point.total;
    sum.failed += point.failed;
    sum.slow += point.slow;
    sum.late += point.late;
    if (point.total === 0) sum.empty += 1;
    if (point.failed > (sum.worst?.failed ?? 0)) sum.worst = point;
    if (point.latency !== undefined) sum.slowest = Math.max(sum.slowest ?? 0, point.latency.p95);
  }
  return sum;
}

/** The heights of a point's two bars, of 0 to 50. */
export interface Bar {
  start: string;
  /** Above the line: what did not fail. */
  good: number;
  /** Below the line: what failed. */
  failed: number;
}

const HIGHEST = 50;
const LOWEST = 2;

/** Returns the bars of a series on one scale. What is more than nothing can be seen. */
export function barsOf(points: Point[]): Bar[] {
  const most = Math.max(1, ...points.map(({ total, failed }) => Math.max(total - failed, failed)));
  const height = (count: number) => (count === 0 ? 0 : Math.max(LOWEST, (HIGHEST * count) / most));
  return points.map(({ start, total, failed }) => ({
    start,
    good: height(total - failed),
    failed: height(failed),
  }));
}
