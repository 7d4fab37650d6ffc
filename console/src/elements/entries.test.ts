import { expect, test } from 'vitest';
import { changedEntries } from './entries.ts';

test('only what differs is a change', () => {
  expect(changedEntries({ uri: 'a', contact: 'b' }, { uri: 'a', contact: 'c' })).toEqual({
    contact: 'c',
  });
});

test('what was emptied or filled is a change', () => {
  expect(changedEntries({ contact: 'b' }, { type: 'ministry' })).toEqual({
    contact: '',
    type: 'ministry',
  });
});

test('an empty text is the same as none', () => {
  expect(changedEntries({ contact: '' }, {})).toEqual({});
});
