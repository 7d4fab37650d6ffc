// Every operation for people is used by somebody who works the console with the keyboard alone; and what a role may not do
// is not offered, or refused in words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operationOf, operations } from './tasks/contract.mjs';
import { checked, inaccessible } from './tasks/keyboard.mjs';
import { problems, requests } from './tasks/people.mjs';
import './tasks/subscriptions.mjs';
import './tasks/chatbots.mjs';
import './tasks/institutions.mjs';
import './tasks/observers.mjs';
import './tasks/invitations.mjs';
import './tasks/releases.mjs';
import './tasks/policy.mjs';
import './tasks/people-page.mjs';
import './tasks/incidents.mjs';
import './tasks/outages.mjs';
import './tasks/messages.mjs';
import './tasks/roles.mjs';

/** The operations without a control, with the reason. */
const WITHOUT = {
  'get-metrics': 'for a Prometheus server; get-health, get-dmr and get-dmr-health show the same',
  'subscribe-to-chatbot': 'an older form of create-subscription',
  'list-registered-participants': 'for clients of an earlier generation; list-chatbots and list-dmrs show the same',
  'create-participant': 'for clients of an earlier generation; create-chatbot and create-dmr do the same',
  'get-participant': 'for clients of an earlier generation; get-chatbot and get-dmr show the same',
  'update-participant': 'for clients of an earlier generation; update-chatbot and update-dmr do the same',
  'delete-participant': 'for clients of an earlier generation; delete-chatbot and delete-dmr do the same',
};

test('every operation for people was used', (context) => {
  const all = operations();
  const used = new Set(requests.map((request) => operationOf(all, request)?.id));
  const expected = all.filter(({ hasToken }) => hasToken).map(({ id }) => id);
  const unused = expected.filter((id) => !used.has(id));
  context.diagnostic(`${expected.length - unused.length} of ${expected.length} operations were used`);
  for (const id of unused) context.diagnostic(`${id}: ${WITHOUT[id] ?? 'no control'}`);
  assert.deepEqual(unused.sort(), Object.keys(WITHOUT).sort());
});

test('every request is one of the contract', () => {
  const all = operations();
  const unknown = requests.filter((request) => operationOf(all, request) === undefined);
  assert.deepEqual(unknown, []);
});

test('dialogs and the results of acts are accessible', (context) => {
  context.diagnostic(`${checked.size} shapes of pages were checked`);
  assert.ok(checked.size > 50);
  assert.deepEqual(inaccessible, []);
});

test('no page violated the Content-Security-Policy, failed, or asked another host', () => {
  assert.deepEqual(problems.flat(), []);
});
