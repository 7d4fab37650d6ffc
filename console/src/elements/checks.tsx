//! Several of some values, as checkboxes. Each is an entry of its own: `kinds/status`.

import type { Entries } from './form.tsx';
import { useNotes } from './form.tsx';

interface Props {
  label: string;
  /** The name before the key of each entry, and the path of the list in the body. */
  name: string;
  hint?: string;
  /** The values that are checked at first. */
  values: readonly string[];
  /** Each value with its text. */
  options: [string, string][];
}

export function ChecksField({ label, name, hint, values, options }: Props) {
  const { described, notes } = useNotes(name, hint);
  return (
    <fieldset {...described}>
      <legend>{label}</legend>
      {options.map(([key, word]) => (
        <label key={key}>
          <input type="checkbox" name={`${name}/${key}`} defaultChecked={values.includes(key)} />{' '}
          {word}
        </label>
      ))}
      {notes}
    </fieldset>
  );
}

/** Returns those of `keys` that are checked in the field `name`. */
export function checked<K extends string>(entries: Entries, name: string, keys: readonly K[]): K[] {
  return keys.filter((key) => `${name}/${key}` in entries);
}
