import { expect, test } from 'vitest';
import { differences, textOf } from './difference.ts';

test('values that differ are found at their path', () => {
  const before = { defaults: { rate: { minimum: 10, slowPercent: 80 }, dryRun: false } };
  const after = { defaults: { rate: { minimum: 12, slowPercent: 80 }, dryRun: true } };
  expect(differences(before, after)).toEqual([
    { path: 'defaults/rate/minimum', before: 10, after: 12 },
    { path: 'defaults/dryRun', before: false, after: true },
  ]);
});

test('objects that came or went are listed by their members', () => {
  expect(differences({ a: { x: 1 } }, { b: { y: [1] } })).toEqual([
    { path: 'a/x', before: 1, after: undefined },
    { path: 'b/y', before: undefined, after: [1] },
  ]);
  expect(differences(undefined, { a: 1 })).toEqual([{ path: 'a', before: undefined, after: 1 }]);
});

test('empty objects, nulls and changes of the type are not lost', () => {
  expect(differences({}, { a: {} })).toEqual([{ path: 'a', before: undefined, after: {} }]);
  expect(differences({ a: null }, {})).toEqual([{ path: 'a', before: null, after: undefined }]);
  expect(differences({ a: { b: 1 } }, { a: 1 })).toEqual([
    { path: 'a', before: { b: 1 }, after: 1 },
  ]);
  expect(differences({ a: {} }, { a: [] })).toEqual([{ path: 'a', before: {}, after: [] }]);
});

test('equal values have no difference, whatever the order of their members', () => {
  const value = { a: [1, { b: null, c: 'x' }], d: {} };
  expect(differences(value, { d: {}, a: [1, { c: 'x', b: null }] })).toEqual([]);
  expect(differences(undefined, undefined)).toEqual([]);
});

test('path of a key with a slash is escaped as in JSON pointers', () => {
  expect(differences({}, { 'a/b~c': 1 })[0]?.path).toBe('a~1b~0c');
});

test('text shows characters that would deceive the reader', () => {
  expect(textOf('tax\u202eboard')).toBe('tax\\u202eboard');
  expect(textOf({ name: 'a\u200bb' })).toBe('{"name":"a\\u200bb"}');
  expect(textOf('õäöü 😀')).toBe('õäöü 😀');
  expect(textOf(undefined)).toBeUndefined();
});
