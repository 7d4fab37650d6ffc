// Incidents: acknowledged, assigned, noted, merged and split, dismissed, opened again, resolved.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { RUN, admin, chatbot, institution, until } from './people.mjs';

const { api, keyboard, page } = admin;

/** Opens an incident of a chatbot that does not answer: it is taken out and does not come back. */
async function opened(area, owner) {
  const name = await chatbot(area, owner);
  const path = `/chatbots/${name}/control`;
  await api('PUT', path, { mode: 'force-offline', reason: 'A test' });
  await api('DELETE', path);
  return until(`the incident of ${name} is open`, async () => {
    const { incidents } = await api('GET', `/incidents?institution=${owner}`);
    return incidents.find((one) => one.chatbot === name && one.state === 'open');
  });
}

// It takes some seconds, in which other tasks are done. Three incidents of one institution would have a common cause.
const made = Promise.all([institution('incidents'), institution('other')]).then(([owner, other]) =>
  Promise.all([opened('incident', owner), opened('parent', owner), opened('open', other)]),
);
const network = institution('network').then((owner) =>
  Promise.all(['one', 'two', 'three'].map((name) => opened(name, owner))),
);
for (const one of [made, network]) one.catch(() => {});

/** An incident that the tasks resolve, one that it was a part of, and one that they do not touch. */
export const incidents = made;

describe('incidents', () => {
  let incident;
  let parent;

  const read = () => api('GET', `/incidents/${incident.id}`);

  before(async () => {
    [incident, parent] = await made;
  });

  test('incidents are found by the menu and a filter', async () => {
    await keyboard.open('/');
    await keyboard.press('link', 'Incidents', page.getByRole('navigation', { name: 'Main menu' }));
    await keyboard.choose('Institution', `Tasks incidents ${RUN}`);
    await keyboard.choose('Show', 'All');
    await keyboard.choose('Period', 'Last 7 days');
    await keyboard.press('link', incident.chatbot);
    await page.waitForURL(`**/incidents/${incident.id}`);
  });

  test('an incident is acknowledged, assigned and noted', async () => {
    await keyboard.open(`/incidents/${incident.id}`);
    await keyboard.unfold('Acknowledge');
    await keyboard.fill('For how many hours', '2');
    await keyboard.press('button', 'Acknowledge');
    await keyboard.sees('The incident is acknowledged.');
    await keyboard.unfold('Assign to a person');
    await keyboard.fill('Id of the person', 'EE39901012239');
    await keyboard.press('button', 'Assign to a person');
    await keyboard.sees('The incident is assigned.');
    await keyboard.unfold('Add a note');
    await keyboard.fill('Note', `The host restarts ${RUN}`);
    await keyboard.press('button', 'Add a note');
    await keyboard.sees('The note was added.');
    await keyboard.sees(`The host restarts ${RUN}`);
    const { assignee, state } = await read();
    assert.deepEqual({ assignee, state }, { assignee: 'EE39901012239', state: 'acknowledged' });
  });

  test('an incident becomes a part of another one, and one of its own again', async () => {
    await keyboard.open(`/incidents/${incident.id}`);
    await keyboard.unfold('Merge into another incident');
    await keyboard.fill('Id of the other incident', parent.id);
    await keyboard.press('button', 'Merge into another incident');
    await keyboard.sees('The incident is merged.');
    assert.equal((await read()).parent, parent.id);
    await keyboard.confirm('Split from the other incident');
    await keyboard.sees('The incident is one of its own again.');
    assert.equal((await read()).parent, undefined);
  });

  test('an incident is dismissed, opened again, and resolved when its chatbot is online', async () => {
    await keyboard.open(`/incidents/${incident.id}`);
    await keyboard.confirm('Dismiss');
    await keyboard.sees('The incident is dismissed.');
    await keyboard.confirm('Open again');
    await keyboard.sees('The incident is open again.');
    await keyboard.sees('The incident can be resolved when the chatbot is online again.');
    await api('PUT', `/chatbots/${incident.chatbot}/control`, { mode: 'force-online', reason: 'A test' });
    await until('the incident knows that the chatbot is online', async () => (await read()).status === 'online');
    await keyboard.open(`/incidents/${incident.id}`);
    await keyboard.unfold('Resolve');
    await keyboard.choose('What was done', 'Repaired the host');
    await keyboard.press('button', 'Resolve');
    await keyboard.sees('The incident is resolved.');
    const { action, state } = await read();
    assert.deepEqual({ action, state }, { action: { action: 'host', helped: true }, state: 'resolved' });
  });

  test('a network incident and its members are read', async () => {
    const [{ institution: owner }] = await network;
    const ofOwner = ({ commonCause }) => commonCause?.shared.institution === owner;
    const found = await until('three incidents have a common cause', async () => {
      const { incidents } = await api('GET', '/incidents?kind=network&active=true');
      return incidents.find(ofOwner);
    }, 60);
    await keyboard.open('/incidents');
    await keyboard.choose('Kind', 'Network incident');
    await keyboard.press('link', `Common cause: institution ${owner}`);
    await page.waitForURL(`**/incidents/${found.id}`);
    await page.getByRole('table', { name: 'Members' }).getByRole('link', { name: `tasks-three-${RUN}` }).waitFor();
  });
});
