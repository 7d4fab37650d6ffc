// Subscriptions: made, confirmed by the code of a mail, tested, changed, paused; and events.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { inMail } from './mailbox.mjs';
import { RUN, admin, institution, onEnd } from './people.mjs';

const { api, keyboard, page } = admin;
const ADDRESS = `tasks-${RUN}@example.ee`;

let id;

/** Returns the id of the subscription to which a test message was sent. */
export const subscription = () => id;

describe('subscriptions', () => {
  let owner;

  const read = () => api('GET', `/subscriptions/${id}`);

  before(async () => {
    owner = await institution('subscriptions');
  });

  test('an address subscribes and confirms', async () => {
    await keyboard.open(`/subscriptions?institution=${owner}`);
    await keyboard.press('link', 'New subscription');
    await page.waitForURL(`**/subscriptions/new?institution=${owner}`);
    await keyboard.pick(/^E-mail/);
    await keyboard.fill('Address', ADDRESS);
    await keyboard.choose('Language of messages', 'English');
    await keyboard.press('button', 'Subscribe');
    await keyboard.press('link', 'Open the subscription');
    await page.waitForURL(/subscriptions\/[0-9a-f]+$/);
    id = page.url().split('/').at(-1);
    onEnd(() => api('DELETE', `/subscriptions/${id}`, undefined, [204, 404, 409, 412]));
    await keyboard.sees('Awaits confirmation');
    await keyboard.fill('Code', await inMail(ADDRESS, /\b(\d{6})\b/));
    await keyboard.press('button', 'Confirm');
    await page.getByRole('button', { name: 'Send a test message' }).waitFor();
    assert.equal((await read()).state.name, 'active');
  });

  test('a test message is sent', async () => {
    await keyboard.open(`/subscriptions/${id}`);
    await keyboard.press('button', 'Send a test message');
    await keyboard.sees('The test message is sent in about half a minute.');
  });

  test('a subscription is changed, paused and resumed', async () => {
    await keyboard.open(`/subscriptions/${id}`);
    await keyboard.unfold('See and change the settings');
    await keyboard.choose('Least importance', 'Critical');
    await keyboard.press('button', 'Save');
    await keyboard.sees('The settings are saved.');
    assert.equal((await read()).settings.leastImportance, 'critical');
    await keyboard.press('button', 'Pause');
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    assert.equal((await read()).state.name, 'paused');
    await keyboard.press('button', 'Resume');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
  });

  test('events are read and announced again', async () => {
    await keyboard.open('/events');
    await keyboard.choose('Event', 'Override ended');
    await keyboard.press('button', 'Continue');
    await keyboard.confirm('Announce again');
    await keyboard.sees(/Done\. \d+ events were queued\./);
  });
});
