import { expect, test } from 'vitest';
import { clientVersion, reporting, tableRevision, usualInterval } from './words.ts';

const NEW = { dmr: 'dmr-tallinn', silent: false, unsettledChatbots: 0 };

test('a DMR without reports is new, not well', () => {
  expect(reporting(NEW, 'en')).toBe('Has not reported yet');
  expect(usualInterval(NEW, 'en')).toBe('Unknown before the sixth report');
  expect(tableRevision(NEW, 7, 'en')).toBe('Not reported');
  expect(clientVersion(NEW, 'en')).toBe('Not reported');
});

test('silence is what the API says, not the age of the last report', () => {
  const lastSeen = '2020-01-01T00:00:00Z';
  expect(reporting({ ...NEW, lastSeen }, 'en')).toBe('Reports');
  expect(reporting({ ...NEW, lastSeen, silent: true }, 'en')).toBe('Stopped reporting');
  expect(reporting({ ...NEW, lastSeen, silent: true }, 'et')).toBe('On vait');
});

test('revision says how far it is behind', () => {
  expect(tableRevision({ ...NEW, tableRevision: 5 }, 7, 'en')).toBe('5 (2 behind)');
  expect(tableRevision({ ...NEW, tableRevision: 7 }, 7, 'en')).toBe('7');
  expect(tableRevision({ ...NEW, tableRevision: 8 }, 7, 'en')).toBe('8');
  expect(tableRevision({ ...NEW, tableRevision: 5 }, undefined, 'en')).toBe('5');
});
