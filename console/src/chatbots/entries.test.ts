import { expect, test } from 'vitest';
import type { Chatbot } from './data.ts';
import { changeOf, entriesOf, proposalOf, textOfVersions, versionsOf } from './entries.ts';

const CHATBOT: Chatbot = {
  name: 'tax-chat',
  uri: 'https://old.example.ee/',
  type: 'institution',
  institution: 'tax-board',
  contact: 'a@example.ee',
  versions: { 'intent-engine': '1.4.0' },
  status: 'Online',
  statusSince: '2026-11-27T09:00:00Z',
  createdAt: '2026-11-27T09:00:00Z',
  updatedAt: '2026-11-27T09:00:00Z',
};

test('versions are the same after a form', () => {
  const versions = { 'intent-engine': '1.4.0', core: '2.0.0-rc.1+build.5' };
  expect(versionsOf(textOfVersions(versions))).toEqual(versions);
  expect(versionsOf('')).toEqual({});
});

test('lines are read with spaces, colons and equals signs; a component without a version stays', () => {
  expect(versionsOf(' core: 1.0.0 \n\nengine=2.0.0\n lost')).toEqual({
    core: '1.0.0',
    engine: '2.0.0',
    lost: '',
  });
});

test('address of a chatbot that moves is the new one, so that an unchanged form does not end the move', () => {
  expect(entriesOf(CHATBOT).uri).toBe('https://old.example.ee/');
  expect(entriesOf({ ...CHATBOT, pendingUri: 'https://new.example.ee/' }).uri).toBe(
    'https://new.example.ee/',
  );
});

test('change has what was changed, and nothing else', () => {
  expect(changeOf({ contact: 'b@example.ee' })).toEqual({ contact: 'b@example.ee' });
  expect(changeOf({ versions: '' })).toEqual({ versions: {} });
});

test('proposal is read from prefixed fields', () => {
  const entries = {
    code: 'secret',
    'chatbot/name': 'tax-chat',
    'chatbot/uri': 'https://tax.example.ee/',
    'chatbot/type': 'ministry',
    'chatbot/contact': 'a@example.ee',
  };
  expect(proposalOf(entries, 'chatbot/')).toEqual({
    name: 'tax-chat',
    uri: 'https://tax.example.ee/',
    type: 'ministry',
    contact: 'a@example.ee',
  });
});
