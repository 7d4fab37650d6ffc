// Planned outages: planned, changed, confirmed, moved and ended while they are in progress, cancelled.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { PEOPLE, RUN, admin, chatbot, grant, institution, onEnd, person, until } from './people.mjs';

const { api, keyboard, page } = admin;
const MINUTE = 60_000;

/** Returns a time as clocks in UTC show it: `2027-01-31T10:30`. */
const wall = (at) => new Date(at).toISOString().slice(0, 16);

// One begins while other tasks are done.
const begun = institution('outages').then(async (owner) => {
  const name = await chatbot('outage', owner);
  const rule = { start: wall(Date.now() + MINUTE), zone: 'UTC', minutes: 60 };
  const body = { institution: owner, chatbots: [name], rule, reason: `Begins ${RUN}`, takeOut: false };
  const { id } = await api('POST', '/planned-outages', body);
  onEnd(() => api('DELETE', `/planned-outages/${id}`, undefined, [204, 404, 409]));
  return { owner, id };
});
begun.catch(() => {});

describe('planned outages', () => {
  let owner;
  let running;

  const read = (id) => api('GET', `/planned-outages/${id}`);
  const ofPage = () => page.url().split('/').at(-1);

  before(async () => {
    ({ owner, id: running } = await begun);
  });

  test('an outage is planned, changed and cancelled', async () => {
    await keyboard.open('/outages');
    await keyboard.choose('Institution', `Tasks outages ${RUN}`);
    await keyboard.press('link', 'Plan an outage');
    await page.waitForURL(`**/outages/new?institution=${owner}`);
    await keyboard.fill('What is done', `A new server ${RUN}`);
    await keyboard.choose('Chatbots', 'Chosen chatbots');
    await keyboard.check(`tasks-outage-${RUN}`);
    await keyboard.check('Take the chatbots out of routing meanwhile');
    await keyboard.fillTime('Start by the clock', '2027-06-01T10:30');
    await keyboard.fill('Length in minutes', '90');
    await keyboard.choose('Repetition', 'On weekdays');
    await keyboard.check('Tuesday');
    await keyboard.press('button', 'Plan the outage');
    await page.waitForURL(/outages\/[0-9a-f-]{36}$/);
    const planned = await read(ofPage());
    assert.deepEqual(planned.rule.repeat, { weekly: { every: 1, weekdays: ['tuesday'] } });
    assert.deepEqual([planned.takeOut, planned.chatbots], [true, [`tasks-outage-${RUN}`]]);

    await keyboard.unfold('Change the plan');
    await keyboard.fill('Length in minutes', '45');
    await keyboard.press('button', 'Save');
    await keyboard.sees('Saved.');
    assert.equal((await read(ofPage())).rule.minutes, 45);
    await keyboard.confirm('Cancel the outage');
    await keyboard.sees('The outage is cancelled.');
    assert.equal((await read(ofPage())).state, 'cancelled');
  });

  test('an owner plans an outage for soon, and an operator confirms it', async () => {
    // Nobody has registered this institution. Its owners choose it all the same.
    const unregistered = `tasks-unregistered-${RUN}`;
    await chatbot('unregistered', unregistered);
    const end = await grant('owner', [unregistered]);
    const helper = await person(PEOPLE.helper.name);
    await helper.keyboard.open('/outages/new');
    await helper.keyboard.choose('Institution', unregistered);
    await helper.keyboard.fill('What is done', `Soon ${RUN}`);
    await helper.keyboard.fillTime('Start by the clock', wall(Date.now() + 8 * 60 * MINUTE));
    await helper.keyboard.sees('has to confirm the outage');
    await helper.keyboard.press('button', 'Plan the outage');
    await helper.page.waitForURL(/outages\/[0-9a-f-]{36}$/);
    await helper.keyboard.sees('Waits for confirmation');
    const id = helper.page.url().split('/').at(-1);
    await helper.context.close();
    await end();

    await keyboard.open(`/outages/${id}`);
    await keyboard.confirm('Confirm');
    await keyboard.sees('The outage is confirmed.');
    assert.equal((await read(id)).state, 'confirmed');
    await api('DELETE', `/planned-outages/${id}`);
  });

  test('an outage in progress is moved and ended', async () => {
    // It is shown as in progress up to a minute before it is, so the API refuses to move its end meanwhile.
    const until90 = { until: new Date(Date.now() + 90 * MINUTE).toISOString() };
    const isMoved = async () => (await api('PATCH', `/planned-outages/${running}`, until90, [200, 409])) !== undefined;
    await until('the outage is in progress', isMoved, 150);
    await keyboard.open(`/outages/${running}`);
    const end = wall(Date.now() + 120 * MINUTE);
    await keyboard.unfold('Move the end of the occurrence in progress');
    await keyboard.fillTime('New end (UTC)', end);
    await keyboard.press('button', 'Move the end of the occurrence in progress');
    await keyboard.sees('The end was moved.');
    assert.equal(wall(Date.parse((await read(running)).occurrences[0].end)), end);
    await keyboard.confirm('End the occurrence in progress now');
    await keyboard.sees('The occurrence in progress has ended.');
    assert.equal((await read(running)).state, 'completed');
  });

  test('the link of the calendar is shown when it is asked for', async () => {
    await keyboard.open(`/outages?institution=${owner}`);
    await keyboard.press('button', 'Show the link');
    const link = await keyboard.main.getByLabel('Link of the calendar').inputValue();
    assert.match(link, /calendar/);
    await keyboard.press('button', 'Hide the link');
    await keyboard.main.getByLabel('Link of the calendar').waitFor({ state: 'detached' });
  });
});
