import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHATBOT_EVENTS } from './chatbot-types.ts';
import { eventText } from './event-text.ts';
import { EVENT_TYPES, type Event } from './event-words.ts';

/** An event of each type, as the API answers them: the samples of the server's own tests. */
const SAMPLES: Event[] = JSON.parse(
  readFileSync('../shared/domain/src/alerts/view/samples.json', 'utf8'),
);
const NOW = new Date('2026-11-27T09:26:00Z');

test('server has a sample of every type', () => {
  expect(new Set(SAMPLES.map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
});

test.each(SAMPLES)(
  '$type as the server writes it has complete details in both languages',
  (event) => {
    const texts = [eventText(event, NOW, 'et'), eventText(event, NOW, 'en')];
    expect(texts.join()).not.toMatch(/undefined|NaN|\[object|Invalid/);
  },
);

test('filter of a chatbot has only types that name a chatbot, or that its list has besides', () => {
  const names = new Set<string>(SAMPLES.filter((one) => 'chatbot' in one).map(({ type }) => type));
  const others = CHATBOT_EVENTS.filter((type) => !names.has(type));
  expect(others).toEqual(['certificate-expiring', 'planned-outage']);
});
