// People and their grants, the audit trail, and the own session.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PEOPLE, RUN, admin, person } from './people.mjs';

const { api, context, keyboard, page } = admin;
const { full, name, subject } = PEOPLE.helper;

describe('people', () => {
  const card = () => page.getByRole('region', { name: full });
  const known = async () => (await api('GET', '/people')).people.find((one) => one.subject === subject);

  test('a person is added once', async () => {
    const isKnown = (await known()) !== undefined;
    await keyboard.open('/people');
    await keyboard.fill('Name', full);
    await keyboard.fill('Country and personal code', subject);
    await keyboard.press('button', 'Add a person');
    if (isKnown) await keyboard.sees('Request id');
    else await card().waitFor();
    assert.equal((await known()).name, full);
  });

  test('a role is granted and ended', async () => {
    await keyboard.open('/people');
    await keyboard.unfold('Grant a role', card());
    await keyboard.choose('Role', 'Owner: sees the chatbots of own institutions, and works on them', card());
    await keyboard.fill('Institutions', 'tasks-a tasks-b', card());
    await keyboard.fill('Reason (required)', `Tasks ${RUN}`, card());
    await keyboard.press('button', 'Grant a role', card());
    await keyboard.sees('tasks-a, tasks-b', card());
    assert.deepEqual((await known()).grants.owner.institutions, ['tasks-a', 'tasks-b']);
    await keyboard.confirm('End', undefined, card());
    await keyboard.sees('No roles.', card());
    assert.deepEqual((await known()).grants, {});
  });

  test('the audit trail shows who granted it', async () => {
    await keyboard.open('/audit');
    await keyboard.fill('Person (subject of the token)', 'EE60001019906');
    // The person is asked for, and not in the address.
    const asked = page.waitForRequest(/\/api\/audit\?.*person=EE60001019906/);
    await keyboard.press('button', 'Search');
    await asked;
    assert.equal(new URL(page.url()).search, '');
    const record = page.getByRole('article').filter({ hasText: `Tasks ${RUN}` }).filter({ hasText: /put-grant.*tasks-b/s });
    await keyboard.unfold(/change/, record);
    await keyboard.sees(`Tasks ${RUN}`, record);
  });
});

describe('session', () => {
  test('a session that ends soon is renewed', async () => {
    const end = new Date(Date.now() + 60_000).toISOString();
    const session = await api('GET', '/session');
    await page.route('**/api/session', (route) => route.fulfill({ json: { ...session, idleUntil: end } }));
    await keyboard.open('/help');
    await keyboard.press('button', 'Stay signed in', page.getByRole('alert'));
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.unroute('**/api/session');
    assert.ok(Date.parse((await api('GET', '/session')).idleUntil) > Date.parse(end));
  });

  test('an account of a chat is linked by a code, which is shown once', async () => {
    await keyboard.open('/chat');
    const answered = page.waitForResponse(/\/api\/session\/chat-links$/);
    await keyboard.press('button', 'Get a code');
    const { code } = await (await answered).json();
    const command = keyboard.main.getByLabel('Write this in the chat within ten minutes');
    assert.equal(await command.inputValue(), `/centops link ${code}`);
    await keyboard.press('button', 'I kept it');
    await command.waitFor({ state: 'detached' });
  });

  test('somebody signs out', async () => {
    const other = await person(name);
    await other.keyboard.press('button', 'Sign out', other.page.getByRole('banner'));
    await other.page.getByRole('link', { name: 'Sign in with TARA' }).waitFor();
    await other.api('GET', '/session', undefined, [401]);
    assert.ok((await context.cookies()).some((cookie) => cookie.name === '__Host-session'), 'others stay');
    await other.context.close();
  });
});
