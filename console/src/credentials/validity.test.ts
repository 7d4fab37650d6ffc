import { expect, test } from 'vitest';
import type { Schemas } from '../api/client.ts';
import { daysTo, validities } from './validity.ts';

const NOW = new Date('2026-11-27T09:00:00Z');

function certificate(serial: string, fields: Partial<Schemas['Certificate']> = {}) {
  const at = '2026-09-01T00:00:00Z';
  const times = { enrolledAt: at, notBefore: at, issuedAt: at, notAfter: '2027-11-27T09:00:00Z' };
  return { serial, profile: 'chatbot' as const, name: 'tax-chat', ...times, ...fields };
}

const SOON = '2026-12-20T09:00:00Z';
const OVER = '2026-11-27T09:00:00Z';

test('one that ends within 30 days ends soon, one that has ended or was revoked does not', () => {
  const all = [
    certificate('far', { name: 'a' }),
    certificate('limit', { name: 'b', notAfter: '2026-12-27T09:00:00Z' }),
    certificate('soon', { name: 'c', notAfter: SOON }),
    certificate('over', { name: 'd', notAfter: OVER }),
    certificate('revoked', { name: 'e', notAfter: SOON, revokedAt: '2026-11-26T09:00:00Z' }),
  ];
  expect(Object.fromEntries(validities(all, NOW))).toEqual({
    far: 'valid',
    limit: 'valid',
    soon: 'ending',
    over: 'ended',
    revoked: 'revoked',
  });
});

test('one whose holder has a later one is replaced', () => {
  const old = certificate('old', { notAfter: SOON });
  expect(validities([old, certificate('new')], NOW).get('old')).toBe('replaced');
  expect(validities([old, certificate('other', { name: 'road' })], NOW).get('old')).toBe('ending');
});

test('a revoked one, and one of a former enrolment, replace nothing', () => {
  const old = certificate('old', { notAfter: SOON });
  const revoked = certificate('new', { revokedAt: '2026-11-26T09:00:00Z' });
  const former = certificate('former', { enrolledAt: '2026-01-01T00:00:00Z' });
  expect(validities([old, revoked, former], NOW).get('old')).toBe('ending');
});

test('days to an end are whole, and negative afterwards', () => {
  expect(daysTo('2026-11-29T08:59:59Z', NOW)).toBe(1);
  expect(daysTo('2026-11-27T10:00:00Z', NOW)).toBe(0);
  expect(daysTo('2026-11-26T09:00:00Z', NOW)).toBe(-1);
});
