// Chatbots and their health: enrolled, changed, overridden, read, deleted.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { RUN, admin, chatbot, institution, onEnd, uriOf } from './people.mjs';

const { api, keyboard, page } = admin;

describe('chatbots', () => {
  let owner;

  before(async () => {
    owner = await institution('chatbots');
  });

  test('a chatbot is enrolled, changed and deleted', async () => {
    const name = `tasks-enrolled-${RUN}`;
    onEnd(() => api('DELETE', `/chatbots/${name}`, undefined, [204, 404]));
    await keyboard.open('/chatbots');
    await keyboard.press('link', 'Enrol a chatbot');
    await keyboard.fill('Name', name);
    await keyboard.fill('Institution', owner);
    await keyboard.fill('Address', uriOf(name));
    await keyboard.choose('Type', 'Ministry');
    await keyboard.fill('Contact (e-mail)', 'it@example.ee');
    await keyboard.fill('Versions', 'intent-engine 1.4.0');
    await keyboard.press('button', 'Enrol');
    await page.waitForURL(`**/chatbots/${name}/health`);
    const path = `/chatbots/${name}`;
    assert.equal((await api('GET', path)).type, 'ministry');

    await keyboard.press('link', 'Change');
    await keyboard.fill('Contact (e-mail)', 'changed@example.ee');
    await keyboard.press('button', 'Save');
    await keyboard.sees('Saved.');
    assert.equal((await api('GET', path)).contact, 'changed@example.ee');

    await keyboard.confirm('Delete the chatbot', (dialog) =>
      keyboard.fill(`Type to confirm: ${name}`, name, dialog),
    );
    await page.waitForURL('**/chatbots');
    await api('GET', path, undefined, [404]);
  });

  test('a chatbot is forced offline, held, and follows its health again', async () => {
    const name = await chatbot('control', owner);
    const mode = async () => (await api('GET', `/chatbots/${name}/health`)).control?.mode;
    await keyboard.open(`/chatbots/${name}`);
    for (const [choice, expected] of [
      ['Forced offline', 'force-offline'],
      ['Frozen', 'hold'],
    ]) {
      await keyboard.unfold('Override the status');
      await keyboard.pick(choice);
      await keyboard.fill('Reason (required)', `Tasks ${RUN} ${expected}`);
      await keyboard.choose('End', 'In 4 hours');
      await keyboard.press('button', 'Apply');
      await keyboard.sees(`Tasks ${RUN} ${expected}`);
      assert.equal(await mode(), expected);
    }
    await keyboard.press('button', 'End the override');
    await page.getByRole('button', { name: 'End the override' }).waitFor({ state: 'detached' });
    assert.equal(await mode(), undefined);
  });

  test('a chatbot that awaits its probes is probed at once, and not during an override', async () => {
    const name = await chatbot('probed', owner);
    await keyboard.open(`/chatbots/${name}`);
    const answer = page.waitForResponse((response) => response.url().endsWith(`/chatbots/${name}/probe`));
    await keyboard.press('button', 'Probe now');
    assert.equal((await answer).status(), 202);
    const clock = new Date((await (await answer).json()).due).toLocaleTimeString('en-GB', {
      timeZone: 'Europe/Tallinn',
    });
    await keyboard.sees(`The probe is due at ${clock}`);
    // Somebody overrides the status before the page reads of it.
    await page.route(`**/api/chatbots/${name}/health`, (route) => route.abort());
    await api('PUT', `/chatbots/${name}/control`, { mode: 'hold', reason: `Tasks ${RUN}` });
    await keyboard.press('button', 'Probe now');
    await keyboard.sees('There is nothing to probe');
    await page.unroute(`**/api/chatbots/${name}/health`);
    await keyboard.open(`/chatbots/${name}`);
    await page.getByRole('button', { name: 'End the override' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Probe now' }).count(), 0);
  });

  test('history, log and events of a chatbot are read', async () => {
    const name = await chatbot('read', owner);
    await keyboard.open(`/chatbots/${name}`);
    for (const tab of ['History', 'Log', 'Events']) {
      await keyboard.press('link', tab);
      await keyboard.settled();
      await page.locator('.tabs').getByRole('link', { name: tab, exact: true, current: 'page' }).waitFor();
    }
    await keyboard.choose('Type of event', 'Chatbot is online');
  });
});
