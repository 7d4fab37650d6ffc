import { expect, test } from 'vitest';
import type { Schemas } from '../api/client.ts';
import type { Language } from '../language/language.tsx';
import {
  actionOptions,
  actionWord,
  attempt,
  commonCause,
  type Incident,
  isOver,
  lasted,
  sharedWords,
  subject,
} from './words.ts';

const NOW = new Date('2026-11-27T12:00:00');

const SHARED: Schemas['SharedProperty'][] = [
  { kind: 'dmr', dmr: 'tallinn' },
  { kind: 'host', host: 'a.example.ee' },
  { kind: 'version', component: 'ruuter', version: '2.2.0' },
  { kind: 'institution', institution: 'tax-board' },
  { kind: 'everything', types: ['ministry', 'institution'] },
];

const cause: Schemas['NetworkCause'] = {
  shared: { kind: 'version', component: 'ruuter', version: '2.2.0' },
  affected: 14,
  population: 15,
  othersAffected: 3,
  others: 900,
  reportedSince: '2026-11-27T08:00:00',
  members: 14,
};

function incident(fields: Partial<Incident> = {}): Incident {
  const at = '2026-11-27T09:00:00';
  return {
    id: '0199d1f2-0000-7000-8000-000000000000',
    kind: 'chatbot',
    chatbot: 'tax',
    state: 'open',
    status: 'offline',
    statusSince: at,
    began: at,
    firstFailed: at,
    reopened: 0,
    ...fields,
  };
}

test.each<Language>(['et', 'en'])('every shared property has a complete text in %s', (language) => {
  const texts = SHARED.map((shared) => sharedWords(shared, language));
  expect(new Set(texts).size).toBe(texts.length);
  for (const text of texts) expect(text).not.toMatch(/undefined/);
});

test('common cause has the numbers that support it', () => {
  expect(commonCause(cause, NOW, 'en')).toEqual([
    '14 of 15 chatbots that have it in common failed.',
    '3 of 900 other chatbots failed.',
    'The version was reported first at 08:00.',
    'Incidents that became members: 14.',
  ]);
  expect(commonCause(cause, NOW, 'et')[0]).toBe(
    'Sama tunnusega vestlusrobotitest tõrkus 14 (kokku 15).',
  );
});

test('common cause without others to compare with has no number of them', () => {
  const { reportedSince: _, ...alone } = { ...cause, others: 0, othersAffected: 0 };
  expect(commonCause(alone, NOW, 'en')).toHaveLength(2);
});

test('subject is the chatbot, or the common cause of a network incident', () => {
  expect(subject(incident(), 'et')).toBe('tax');
  expect(subject({ commonCause: cause }, 'en')).toBe('Common cause: version 2.2.0 of ruuter');
});

test('every action is another text in each language', () => {
  const et = actionOptions('et');
  expect(et).toHaveLength(10);
  for (const [action, text] of et)
    expect(actionWord(action as Schemas['Action'], 'en')).not.toBe(text);
  expect(attempt('dns', false, 'et')).toBe('Parandati DNS-kirje. Ei aidanud.');
});

test('outage lasts until its end, until the chatbot is back, or until now', () => {
  expect(lasted(incident(), NOW, 'en')).toBe('3 hrs');
  const back = { status: 'online' as const, statusSince: '2026-11-27T10:00:00' };
  expect(lasted(incident(back), NOW, 'en')).toBe('1 hr');
  const resolved = { at: '2026-11-27T09:05:00', by: 'itself' as const };
  expect(lasted(incident({ ...back, resolved }), NOW, 'en')).toBe('5 mins');
});

test('incident is over unless it is worked on', () => {
  const over = (['resolved', 'dismissed', 'transient'] as const).map((state) => isOver({ state }));
  const active = (['suspected', 'open', 'acknowledged', 'merged'] as const).map((state) =>
    isOver({ state }),
  );
  expect([...over, ...active]).toEqual([true, true, true, false, false, false, false]);
});
