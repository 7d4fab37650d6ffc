import { expect, test } from 'vitest';
import type { Event } from '../alerts/event-words.ts';
import type { Schemas } from '../api/client.ts';
import type { Language } from '../language/language.tsx';
import { author, type Entry, entryWords, noteWords } from './timeline.ts';

const NOW = new Date('2026-11-27T09:26:00');
const AT = '2026-11-27T09:12:00';
const ID = '0199d1f2-0000-7000-8000-000000000000';
const offline: Event = {
  id: 'event',
  at: AT,
  quiet: false,
  type: 'chatbot-offline',
  chatbot: 'tax',
  cause: { kind: 'unanswered' },
};

const entry = (type: Entry['type'], fields: Partial<Entry> = {}): Entry => ({
  at: AT,
  by: { kind: 'system' },
  type,
  ...fields,
});

const ENTRIES: Entry[] = [
  entry('event', { event: offline }),
  entry('probe', { healthy: true }),
  entry('probe', { healthy: false, fault: 'status 503' }),
  ...(['suspected', 'transient', 'open', 'acknowledged', 'dismissed'] as const).map((state) =>
    entry('state', { state }),
  ),
  ...(['itself', 'person', 'removal'] as const).map((resolvedBy) =>
    entry('state', { state: 'resolved', resolvedBy }),
  ),
  entry('late-acknowledgement'),
  entry('assigned', { assigned: false }),
  entry('assigned', { assigned: true }),
  entry('assigned', { assigned: true, assignee: 'EE38001085718' }),
  entry('triage'),
  entry('told', { subscription: 'a', institution: 'tax-board', channel: 'sms', status: 'offline' }),
  entry('told', { subscription: 'a', channel: 'mail', status: 'online' }),
  entry('action', { action: 'restarted', helped: true }),
  entry('action', { action: 'restarted', helped: false }),
  entry('merged', { into: ID }),
  entry('grown', { members: 4 }),
  entry('split', { from: ID }),
];

test.each<Language>(['et', 'en'])(
  'every entry has a complete text of its own in %s',
  (language) => {
    const texts = ENTRIES.map((one) => entryWords(one, NOW, language));
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of texts) {
      expect(text).not.toMatch(/undefined|NaN|\[object/);
      expect(text).not.toBe('');
    }
  },
);

test('no text of one language is in the other', () => {
  const et = ENTRIES.map((one) => entryWords(one, NOW, 'et'));
  const en = ENTRIES.map((one) => entryWords(one, NOW, 'en'));
  expect(et.filter((text) => en.includes(text))).toEqual([]);
});

test('event has its type and its data', () => {
  expect(entryWords(entry('event', { event: offline }), NOW, 'en')).toBe(
    'Chatbot is offline. It did not answer its probes.',
  );
});

test('text of a note is as it was written', () => {
  const note = entry('note', { text: '<b>Host</b> restarts' });
  expect(entryWords(note, NOW, 'et')).toBe('<b>Host</b> restarts');
});

test('author is the person, or the kind where the API names none', () => {
  expect(author(entry('note', { by: { kind: 'staff', subject: 'EE1' } }), 'en')).toBe('EE1');
  expect(author(entry('note', { by: { kind: 'staff' } }), 'en')).toBe('Staff');
  expect(author(entry('note', { by: { kind: 'owner' } }), 'et')).toBe('Omanik');
});

test('triage note tells of probes and of the action that helped', () => {
  const note: Schemas['TriageNote'] = {
    state: 'open',
    condition: { status: 'down', since: AT },
    events: [],
    observers: [],
    probes: { failed: 3 },
    suggestion: { action: 'host', helped: 4, tried: 5 },
  };
  expect(noteWords(note, 'en')).toEqual([
    'Failed probes: 3.',
    'In similar incidents this helped: repaired the host (4 of 5 tries).',
  ]);
});
