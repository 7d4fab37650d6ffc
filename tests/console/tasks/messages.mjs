// The messages to a subscription, some time after they were sent; and its end.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { admin, until } from './people.mjs';
import { subscription } from './subscriptions.mjs';

const { api, keyboard, page } = admin;

describe('messages', () => {
  test('a message is delivered again', async () => {
    const sent = async () => {
      const { messages } = await api('GET', `/subscriptions/${subscription()}/messages`);
      return messages.some((one) => one.state === 'sent');
    };
    await until('the test message is sent', sent, 60);
    await keyboard.open(`/subscriptions/${subscription()}`);
    const row = page.getByRole('table', { name: 'Messages' }).getByRole('row').nth(1);
    await keyboard.reach(row.getByRole('button', { name: /^Deliver again/ }));
    await page.keyboard.press('Enter');
    await keyboard.sees('The message is delivered again.');
  });

  test('a subscription is ended', async () => {
    await keyboard.open(`/subscriptions/${subscription()}`);
    await keyboard.confirm('End the subscription');
    await keyboard.sees('The owner or an administrator ended it.');
    assert.equal((await api('GET', `/subscriptions/${subscription()}`)).state.name, 'ended');
  });
});
