//! The difference between two JSON values, by the path of each value in it.

/** One value that differs; `undefined` if it is absent. */
export interface Difference {
  /** The path, as a JSON pointer without the first slash: `defaults/rate/minimum`. */
  path: string;
  before: unknown;
  after: unknown;
}

type Members = Record<string, unknown>;

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns whether two JSON values are equal; the order of members does not count. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, at) => isSame(item, other[at]));
  }
  if (isMembers(one) && isMembers(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys].every((key) => key in one && key in other && isSame(one[key], other[key]));
  }
  return one === other;
}

/** Returns what differs. Objects are compared member by member, everything else (arrays too) as a whole. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isSame(before, after)) return [];
  const isObject = [before, after].every((value) => value === undefined || isMembers(value));
  const [old, now] = [isMembers(before) ? before : {}, isMembers(after) ? after : {}];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  // An empty object that came or went has no members that could tell of it.
  if (!isObject || keys.length === 0) return [{ path, before, after }];
  return keys.flatMap((key) => {
    const name = key.replaceAll('~', '~0').replaceAll('/', '~1');
    return differences(old[key], now[key], path === '' ? name : `${path}/${name}`);
  });
}

/** Characters that change the direction of text or are invisible, so that a text could look like another one. */
const DECEPTIVE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Returns a JSON value as text, with deceptive characters as escapes; undefined for an absent one. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(
    DECEPTIVE,
    (one) => `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
