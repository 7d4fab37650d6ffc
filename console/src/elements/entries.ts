//! The texts of the fields of a form, compared.

import type { Entries } from './form.tsx';

/** Returns the entries of `after` that differ from `before`. What one of the two lacks is an empty text. */
export function changedEntries(before: Entries, after: Entries): Entries {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    names
      .filter((name) => (before[name] ?? '') !== (after[name] ?? ''))
      .map((name) => [name, after[name] ?? '']),
  );
}
