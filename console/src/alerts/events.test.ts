import { expect, test } from 'vitest';
import type { Language } from '../language/language.tsx';
import { eventFilterOf, eventSearchOf, NO_EVENT_FILTER } from './event-filter.ts';
import { eventText, subjectOf } from './event-text.ts';
import { EVENT_TYPES, EVENT_WORDS, type Event } from './event-words.ts';

const NOW = new Date('2026-11-27T12:00:00');
const AT = '2026-11-27T09:12:00';
const of = { id: 'id', at: AT, quiet: false, chatbot: 'tax-board' };
const cause = { kind: 'unanswered' as const };
const release = {
  component: 'ruuter',
  version: '1.4.0',
  severity: 'critical' as const,
  publishedAt: AT,
};
const withdrawal = { at: AT, reason: 'wrong' };
const invited = { ...of, invitation: 'one', institution: 'tax' };
const network = {
  ...of,
  incident: 'one',
  cause: {
    shared: { kind: 'host' as const, host: 'chat.example.ee' },
    affected: 3,
    population: 4,
    othersAffected: 0,
    others: 5,
    members: 3,
  },
};

/** One event of each type. */
const EVENTS: Event[] = [
  { ...of, type: 'chatbot-online', was: 'Offline' },
  { ...of, type: 'chatbot-offline', cause },
  { ...of, type: 'would-go-offline', cause },
  { ...of, type: 'chatbot-flapping', status: 'Online' },
  { ...of, type: 'chatbot-settled', status: 'Online' },
  { ...of, type: 'chatbot-moved', uri: 'https://chat.example.ee' },
  { ...of, type: 'chatbot-transferred', from: 'tax', to: 'road' },
  { ...of, type: 'chatbot-removed' },
  { ...of, type: 'cap-reached', chatbotType: 'ministry', cause },
  { ...of, type: 'cap-released', chatbotType: 'ministry' },
  { ...of, type: 'observer-outlier', observer: 'dmr:tallinn' },
  { ...of, type: 'observer-silent', observer: 'chatbot' },
  { ...of, type: 'dmr-silent', dmr: 'tallinn', lastSeen: AT },
  { ...of, type: 'control-set', control: { mode: 'hold', reason: 'Move', since: AT } },
  { ...of, type: 'control-ended' },
  {
    ...of,
    type: 'certificate-expiring',
    profile: 'chatbot',
    name: 'tax-board',
    serial: '0a',
    ends: AT,
  },
  { ...of, type: 'release-published', release },
  { ...of, type: 'release-withdrawn', release: { ...release, withdrawal } },
  { ...invited, type: 'invitation-sent' },
  { ...invited, type: 'invitation-withdrawn' },
  { ...invited, type: 'application-submitted' },
  { ...invited, type: 'application-approved' },
  { ...invited, type: 'application-rejected' },
  {
    ...of,
    type: 'planned-outage',
    outage: 'one',
    institution: 'tax',
    change: 'overrun',
    start: AT,
    end: AT,
    reason: 'Server room',
  },
  { ...network, type: 'network-incident-opened' },
  { ...network, type: 'network-incident-resolved' },
  { ...of, type: 'acknowledgement-lapsed', incident: 'one', since: AT },
];

test('every type has an event here, and every event a subject and whole sentences', () => {
  expect(EVENTS.map(({ type }) => type).sort()).toEqual([...EVENT_TYPES].sort());
  for (const language of ['et', 'en'] as Language[]) {
    for (const event of EVENTS) {
      expect(subjectOf(event, language).name, event.type).not.toBe('');
      expect(eventText(event, NOW, language), event.type).not.toMatch(/undefined|NaN|\[object/);
    }
  }
});

test('names of types differ, in each language', () => {
  for (const { types } of [EVENT_WORDS.et, EVENT_WORDS.en]) {
    expect(new Set(Object.values(types)).size).toBe(EVENT_TYPES.length);
  }
});

test('event says what happened to whom', () => {
  const text = (type: string) => {
    const event = EVENTS.find((one) => one.type === type) as Event;
    return `${subjectOf(event, 'en').name}: ${eventText(event, NOW, 'en')}`;
  };
  expect(text('chatbot-offline')).toBe('tax-board: It did not answer its probes.');
  expect(text('release-withdrawn')).toBe('ruuter 1.4.0: Reason: wrong');
  expect(text('network-incident-opened')).toBe('chat.example.ee: 3 of 4 chatbots fail.');
  expect(text('planned-outage')).toBe(
    'tax: Its time is over, and chatbots are still out. 09:12 to 09:12. Server room',
  );
});

test('address has the filter, and nothing that is not filtered', () => {
  const filter = { kind: 'cap-reached' as const, from: '2026-11-27T09:00:00.000Z', to: '' };
  expect(eventFilterOf(eventSearchOf(filter))).toEqual(filter);
  expect(eventSearchOf(NO_EVENT_FILTER)).toBe('');
  expect(eventFilterOf('?kind=unknown&from=yesterday')).toEqual(NO_EVENT_FILTER);
});
