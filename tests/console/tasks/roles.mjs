// What people without a permission meet: a control that is not there, a page that names the roles it needs, and the refusal
// of the API.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { attemptsOf } from './attempts.mjs';
import { operationOf, operations } from './contract.mjs';
import { PEOPLE, grant, person } from './people.mjs';
import { made } from './screens.mjs';

const REFUSED = 'Your role does not permit this.';
const NEEDED = 'Needed role (one of these)';

const all = operations();
const byId = new Map(all.map((operation) => [operation.id, operation]));

/** Waits until the page has got the answer of an operation that reads. */
async function answered(page, operation) {
  if (operation.method !== 'GET') return;
  await page.waitForResponse((response) => {
    const path = new URL(response.url()).pathname.replace(/^\/api/, '');
    return operationOf(all, { method: response.request().method(), path }) === operation;
  });
}

/** Returns the control of a screen: `button: Save`, or `button: Revoke | API keys` for one in a table. */
function controlOf(page, control) {
  const [, role, name, table] = control.match(/^(\w+): (.+?)(?: \| (.+))?$/);
  const scope = table === undefined ? page.getByRole('main') : page.getByRole('table', { name: table });
  if (role === 'summary') return scope.locator('summary').filter({ hasText: name });
  return scope.getByRole(role, { name: new RegExp(`^${name}`) });
}

describe('roles', () => {
  let screens;
  let institutions;
  let things;

  before(async () => {
    ({ things, screens, institutions } = await made());
  });

  /** Gives the helper a role while `look` is done with a new session. */
  async function as(role, look) {
    const end = await grant(role, role === 'owner' ? institutions : undefined);
    const helper = await person(PEOPLE.helper.name);
    try {
      await look(helper);
    } finally {
      await helper.context.close();
      await end();
    }
  }

  /** Returns what is wrong with a screen for a role. */
  async function faults({ page, keyboard }, { path, reads, controls }, role) {
    const refusal = page.getByText(REFUSED).first();
    if (!byId.get(reads).callers.includes(role)) {
      await keyboard.open(path);
      await refusal.waitFor();
      return (await page.getByText(NEEDED).isVisible()) ? [] : [`${path} names no role`];
    }
    await Promise.all([answered(page, byId.get(reads)), keyboard.open(path)]);
    await keyboard.settled();
    const found = (await refusal.isVisible()) ? [`${path} is refused`] : [];
    const isPermitted = ([, operation]) => byId.get(operation).callers.includes(role);
    for (const [control] of controls.filter(isPermitted)) {
      const isOffered = await controlOf(page, control).first().waitFor().then(() => true, () => false);
      if (!isOffered) found.push(`${path} lacks ${control}`);
    }
    for (const [control] of controls.filter((one) => !isPermitted(one))) {
      if (await controlOf(page, control).first().isVisible()) found.push(`${path} offers ${control}`);
    }
    return found;
  }

  for (const role of ['operator', 'viewer', 'owner']) {
    test(`screens offer ${role}s what the contract permits, and no more`, async () => {
      await as(role, async (helper) => {
        const found = [];
        for (const screen of screens) found.push(...(await faults(helper, screen, role)));
        assert.deepEqual(found, []);
      });
    });
  }

  test('people without a role may read help and their own applications only', async () => {
    const { context, keyboard, page } = await person(PEOPLE.helper.name);
    for (const path of ['/', '/chatbots', '/people']) {
      await keyboard.open(path);
      await keyboard.sees(NEEDED, page.getByRole('alert'));
    }
    await keyboard.open('/');
    await page.getByRole('heading', { level: 2, name: 'My applications' }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 1);
    for (const path of ['/help', '/applications']) {
      await keyboard.open(path);
      assert.equal(await page.getByRole('alert').count(), 0, path);
    }
    await context.close();
  });

  // The page believes that the role is another one, as it does for a while after a grant has ended.
  test('what the API refuses a viewer is shown where it was done', async () => {
    await as('viewer', async ({ keyboard, page }) => {
      const session = { roles: ['admin'], institutions: [], name: 'Mati Maasikas' };
      await page.route('**/api/session', (route) => route.fulfill({ json: session }));
      const refused = () => keyboard.sees(REFUSED, page.getByRole('alert'));
      for (const path of ['/audit', '/people']) {
        await keyboard.open(path);
        await refused();
      }
      for (const attempt of attemptsOf(things)) {
        await keyboard.open(attempt.path);
        await attempt.work(keyboard);
        await refused();
      }
    });
  });
});
