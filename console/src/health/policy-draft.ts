//! A proposed policy: from the entries of the form to the document.

import type { FieldError } from '../api/problem.ts';
import { checked } from '../elements/checks.tsx';
import { isSame } from '../elements/difference.ts';
import type { Entries } from '../elements/form.tsx';
import {
  FIELDS,
  LEVELS,
  PATHS,
  type Policy,
  type PolicyDocument,
  type PolicyPath,
  valueAt,
} from './policy-fields.ts';

/** The name of the field with the overrides. */
export const OVERRIDES = 'chatbots';

/** A proposed document, or what is wrong with the entries. */
export type Draft = { document: PolicyDocument } | { errors: FieldError[] };

/** Returns the document that the entries of the form propose instead of `current`. */
export function draftOf(entries: Entries, current: PolicyDocument): Draft {
  const errors: FieldError[] = [];
  const defaults: Record<string, unknown> = {};
  for (const path of PATHS) {
    const value = entryOf(entries, path, valueAt(current.defaults, path));
    if (value === undefined) errors.push({ pointer: `#/defaults/${path}`, detail: 'number' });
    else assign(defaults, path, value);
  }
  const overrides = overridesOf(entries[OVERRIDES]);
  if (typeof overrides === 'string') errors.push({ pointer: `#/${OVERRIDES}`, detail: overrides });
  if (errors.length > 0 || typeof overrides === 'string') return { errors };
  // Each value of the policy has been assigned.
  const document: PolicyDocument = { defaults: defaults as unknown as Policy };
  const hadNone = current.chatbots === undefined && Object.keys(overrides).length === 0;
  return { document: hadNone ? document : { ...document, chatbots: overrides } };
}

/** Returns the value of an entry; undefined if a number is none. */
function entryOf(entries: Entries, path: PolicyPath, current: unknown): unknown {
  const name = `defaults/${path}`;
  const text = entries[name] ?? '';
  const field = FIELDS[path];
  switch (field.kind) {
    case 'number':
      return /^\d+$/.test(text) ? Number(text) : undefined;
    case 'switch':
      return name in entries;
    case 'codes':
      return sameSet(
        text.split(/[\s,;]+/).filter((code) => code !== ''),
        current,
      );
    case 'levels':
      return sameSet(checked(entries, name, Object.keys(LEVELS)), current);
    case 'text':
    case 'method':
      return text;
  }
}

/** Returns `items` without repetitions; in the order of `current` if they are the same. */
function sameSet(items: string[], current: unknown): unknown {
  const set = [...new Set(items)];
  const isEqual = Array.isArray(current) && isSame([...set].sort(), [...current].sort());
  return isEqual ? current : set;
}

function assign(target: Record<string, unknown>, path: string, value: unknown): void {
  const [key, ...rest] = path.split('/') as [string, ...string[]];
  if (rest.length === 0) {
    target[key] = value;
  } else {
    target[key] ??= {};
    assign(target[key] as Record<string, unknown>, rest.join('/'), value);
  }
}

type Overrides = NonNullable<PolicyDocument['chatbots']>;

/** Returns the overrides of a JSON text, or what is wrong with it: the parser's words, or `object`. */
export function overridesOf(text: string | undefined): Overrides | string {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '{}');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const isObject = (one: unknown) => typeof one === 'object' && one !== null && !Array.isArray(one);
  if (!isObject(value) || !Object.values(value as object).every(isObject)) return 'object';
  return value as Overrides;
}
