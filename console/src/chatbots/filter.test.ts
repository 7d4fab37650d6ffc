import { expect, test } from 'vitest';
import type { Chatbot } from './data.ts';
import { byUrgency, filtered, filterOf, NO_FILTER, searchOf } from './filter.ts';

function chatbot(name: string, fields: Partial<Chatbot> = {}): Chatbot {
  const at = '2026-11-27T09:00:00Z';
  return {
    name,
    uri: `https://${name}.example.ee/messages`,
    type: 'institution',
    institution: 'tax-board',
    contact: 'a@example.ee',
    versions: {},
    status: 'Online',
    statusSince: at,
    createdAt: at,
    updatedAt: at,
    ...fields,
  };
}

const names = (chatbots: Chatbot[]) => chatbots.map((one) => one.name);

test('chatbots that are not online come first, the latest change before others', () => {
  const all = [
    chatbot('b'),
    chatbot('a'),
    chatbot('early', { status: 'Offline', statusSince: '2026-11-27T08:00:00Z' }),
    chatbot('late', { status: 'Offline', statusSince: '2026-11-27T08:30:00Z' }),
    chatbot('new', { status: 'Unknown' }),
  ];
  expect(names(byUrgency(all))).toEqual(['late', 'early', 'new', 'a', 'b']);
});

test('each part of the filter leaves out the others', () => {
  const all = [
    chatbot('tax-chat'),
    chatbot('road', { institution: 'road-office', type: 'ministry', versions: { core: '1.0.0' } }),
    chatbot('down', { status: 'Offline' }),
  ];
  expect(names(filtered(all, NO_FILTER))).toEqual(['tax-chat', 'road', 'down']);
  expect(names(filtered(all, { ...NO_FILTER, text: ' TAX-c ' }))).toEqual(['tax-chat']);
  expect(names(filtered(all, { ...NO_FILTER, text: 'road.example' }))).toEqual(['road']);
  expect(names(filtered(all, { ...NO_FILTER, status: 'Offline' }))).toEqual(['down']);
  expect(names(filtered(all, { ...NO_FILTER, type: 'ministry' }))).toEqual(['road']);
  expect(names(filtered(all, { ...NO_FILTER, institution: 'tax-board' }))).toEqual([
    'tax-chat',
    'down',
  ]);
  expect(names(filtered(all, { ...NO_FILTER, component: 'core' }))).toEqual(['road']);
});

test('address has the filter, and nothing that is not filtered', () => {
  const filter = { ...NO_FILTER, text: 'tax & co', status: 'Offline' };
  expect(filterOf(searchOf(filter))).toEqual(filter);
  expect(searchOf(NO_FILTER)).toBe('');
});
