import { expect, test } from 'vitest';
import { auditFilterOf, auditQueryOf, auditSearchOf, NO_AUDIT_FILTER } from './filter.ts';

const FILTER = {
  chatbot: 'tax-board',
  person: 'EE60001019906',
  from: '2026-11-20T00:00:00.000Z',
  to: '2026-11-21T00:00:00.000Z',
};

test('address has the filter, and nothing that is not filtered', () => {
  expect(auditFilterOf(auditSearchOf(FILTER), FILTER.person)).toEqual(FILTER);
  expect(auditSearchOf(NO_AUDIT_FILTER)).toBe('');
});

test('address never has the person, from an address neither', () => {
  expect(auditSearchOf(FILTER)).not.toContain('EE');
  expect(auditFilterOf('?person=EE60001019906', '').person).toBe('');
});

test('the API is asked for the person', () => {
  expect(auditQueryOf({ ...NO_AUDIT_FILTER, person: 'EE1' })).toEqual({ person: 'EE1' });
});

test('spaces around and wrong times are left out', () => {
  expect(auditFilterOf('?chatbot=%20tax-board%20&from=yesterday', '')).toEqual({
    ...NO_AUDIT_FILTER,
    chatbot: 'tax-board',
  });
});
