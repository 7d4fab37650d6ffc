//! The values of a policy: what each is, in which unit, and within which limits.

import type { Schemas } from '../api/client.ts';

export type Policy = Schemas['Policy'];
export type PolicyDocument = Schemas['PolicyDocument'];
export type Group = keyof Policy;

/** The paths of all values that are not objects: `rate/minimum`. */
type Leaves<T> = {
  [K in keyof T & string]: T[K] extends readonly unknown[]
    ? K
    : T[K] extends object
      ? `${K}/${Leaves<T[K]>}`
      : K;
}[keyof T & string];

export type PolicyPath = Leaves<Policy>;

export type Unit = 'seconds' | 'milliseconds' | 'percent' | 'count';

export type FieldKind =
  /** A number within limits, both inclusive, which are those of the contract. */
  | { kind: 'number'; unit: Unit; min: number; max: number }
  | { kind: 'switch' }
  | { kind: 'text'; maxLength: number }
  | { kind: 'method' }
  | { kind: 'codes' }
  | { kind: 'levels' };

const number = (unit: Unit, min: number, max: number): FieldKind => ({
  kind: 'number',
  unit,
  min,
  max,
});

/** Every value, in the order of the page. */
export const FIELDS: Record<PolicyPath, FieldKind> = {
  'window/bucketSeconds': number('seconds', 1, 3600),
  'window/buckets': number('count', 1, 20),
  'failures/codes': { kind: 'codes' },
  'failures/levels': { kind: 'levels' },
  'rate/minimum': number('count', 1, 10_000),
  'rate/failurePercent': number('percent', 1, 100),
  'rate/slowMillis': number('milliseconds', 1, 600_000),
  'rate/slowPercent': number('percent', 1, 100),
  'fast/threshold': number('count', 1, 100),
  'fast/recovery': number('count', 1, 100),
  quorum: number('count', 1, 16),
  'cap/percent': number('percent', 0, 100),
  'cap/resumePercent': number('percent', 0, 100),
  'open/baseSeconds': number('seconds', 1, 3600),
  'open/growthPercent': number('percent', 100, 1000),
  'open/capSeconds': number('seconds', 1, 86_400),
  'open/jitterPercent': number('percent', 0, 100),
  'probe/path': { kind: 'text', maxLength: 201 },
  'probe/method': { kind: 'method' },
  'probe/expect': { kind: 'codes' },
  'probe/timeoutSeconds': number('seconds', 1, 10),
  'probe/successes': number('count', 1, 5),
  'probe/spacingSeconds': number('seconds', 0, 5),
  'probe/mostInFlight': number('count', 1, 8),
  'probe/leaseSeconds': number('seconds', 10, 300),
  'recovery/seconds': number('seconds', 0, 86_400),
  'recovery/minimum': number('count', 1, 10_000),
  'recovery/failurePercent': number('percent', 1, 100),
  'recovery/threshold': number('count', 1, 100),
  'silence/intervals': number('count', 2, 100),
  'silence/shortestSeconds': number('seconds', 60, 86_400),
  'silence/longestSeconds': number('seconds', 120, 604_800),
  dryRun: { kind: 'switch' },
};

export const PATHS = Object.keys(FIELDS) as PolicyPath[];

/** The groups in the order of the page. */
export const GROUPS = [...new Set(PATHS.map((path) => path.split('/')[0]))] as Group[];

export const METHODS: Record<Policy['probe']['method'], string> = {
  GET: 'GET',
  HEAD: 'HEAD',
  OPTIONS: 'OPTIONS',
};

export const LEVELS: Record<Policy['failures']['levels'][number], string> = {
  debug: 'debug',
  info: 'info',
  warning: 'warning',
  error: 'error',
  critical: 'critical',
};

/** Returns the paths of a group. */
export function pathsOf(group: Group): PolicyPath[] {
  return PATHS.filter((path) => path === group || path.startsWith(`${group}/`));
}

/** Returns the value at `path`; undefined where an override does not have it. */
export function valueAt(policy: unknown, path: string): unknown {
  return path
    .split('/')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null
          ? (value as Record<string, unknown>)[key]
          : undefined,
      policy,
    );
}
