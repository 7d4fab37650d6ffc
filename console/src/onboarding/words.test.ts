import { expect, test } from 'vitest';
import { invitationStatuses, lastStep, nextStep, statusOf, stepWord } from './words.ts';

test('every status and every step has its own words in both languages', () => {
  const et = invitationStatuses('et');
  const en = invitationStatuses('en');
  expect(et.map(([status]) => status)).toEqual(en.map(([status]) => status));
  const words = [...et, ...en].map(([, word]) => word);
  const steps = en.flatMap(([status]) => [
    stepWord(status as 'invited', 'et'),
    stepWord(status as 'invited', 'en'),
  ]);
  expect(new Set([...words, ...steps]).size).toBe(4 * en.length);
});

test('every next step has its own words in both languages', () => {
  const steps = ['await-decision', 'install-certificate', 'request-invitation'] as const;
  const words = steps.flatMap((step) => [nextStep(step, 'et'), nextStep(step, 'en')]);
  expect(new Set(words).size).toBe(6);
});

test('an unknown status in the address is no filter', () => {
  expect(statusOf('?status=submitted')).toBe('submitted');
  expect(statusOf('?status=toString')).toBeUndefined();
  expect(statusOf('')).toBeUndefined();
});

test('last step is the newest', () => {
  const history = [
    { status: 'invited' as const, at: '2026-11-01T09:00:00Z' },
    { status: 'withdrawn' as const, at: '2026-11-02T09:00:00Z', reason: 'Wrong address' },
  ];
  const invitation = { id: 'i', institution: 'tax', status: 'withdrawn' as const, until: '' };
  expect(lastStep({ ...invitation, history })).toBe(history[1]);
});
