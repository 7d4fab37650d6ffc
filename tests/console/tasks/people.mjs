// The people who do the tasks, the requests that their pages sent, and what the tasks made.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { launch } from '../../chromium.mjs';
import { address, signIn } from '../reader.mjs';
import { Keyboard } from './keyboard.mjs';

/** The people of the local identity provider. No other test grants anything to `helper`. */
export const PEOPLE = {
  admin: 'MARY ÄNN',
  helper: { name: 'MATI MAASIKAS', full: 'Mati Maasikas', subject: 'EE39901012239' },
};

/** What the names of everything that this run makes end with. */
export const RUN = randomBytes(4).toString('hex');

/** Returns an address at which no chatbot answers. Chatbots at one host may have a common incident, so each has its own. */
export const uriOf = (name) => `https://${name}.example.ee/messages`;

/** The seconds within which a page shows what it should. */
const SECONDS = 15;

/** The methods, paths and statuses of the requests that pages sent to the API. */
export const requests = [];

/** What people's pages did that a page must not do, by person. */
export const problems = [];

// The fields of dates have the order of this language, whichever the machine has.
process.env.LANGUAGE = 'en_US';
const browser = await launch('tasks of the console', process.env.BROWSER);
const removals = [];

/** Removes what was made, the latest first, when all tests are over. */
export function onEnd(removal) {
  removals.push(removal);
}

after(async () => {
  for (const removal of removals.reverse()) await removal();
  await browser.close();
});

/** Signs in, and returns the page, its keyboard, and the API with the same session. */
export async function person(name) {
  const reader = await signIn(browser, name, { locale: 'en-GB', timezoneId: 'Europe/Tallinn' });
  const { context, page } = reader;
  page.setDefaultTimeout(SECONDS * 1000);
  context.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith('/api/')) return;
    const method = response.request().method();
    requests.push({ method, path: pathname.slice('/api'.length), status: response.status() });
  });
  problems.push(reader.problems);
  return { page, context, keyboard: new Keyboard(page), api: apiOf(context) };
}

/** Returns a function that sends a request with the session of `context`, apart from its pages. */
function apiOf(context) {
  return async (method, path, body, expected = [200, 201, 202, 204]) => {
    const answer = await context.request.fetch(`${address()}/api${path}`, {
      method,
      headers: { Origin: new URL(address()).origin },
      ...(body !== undefined && { data: body }),
    });
    const text = await answer.text();
    assert.ok(expected.includes(answer.status()), `${method} ${path}: ${answer.status()} ${text}`);
    return text === '' || !answer.ok() ? undefined : JSON.parse(text);
  };
}

export const admin = await person(PEOPLE.admin);

/** Returns the result of `look` as soon as there is one, within `seconds`. */
export async function until(what, look, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, `${what} within ${seconds} seconds`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Records an institution, which is removed at the end. Returns its id. */
export async function institution(area) {
  const id = `tasks-${area}-${RUN}`;
  await admin.api('POST', '/admin/institutions', { id, name: `Tasks ${area} ${RUN}`, status: 'Active' });
  onEnd(() => admin.api('DELETE', `/admin/institutions/${id}`, undefined, [204, 404]));
  return id;
}

/** Enrols a chatbot whose address does not answer. It is removed at the end. Returns its name. */
export async function chatbot(area, owner) {
  const name = `tasks-${area}-${RUN}`;
  const fields = { uri: uriOf(name), type: 'institution', contact: 'it@example.ee' };
  await admin.api('POST', '/chatbots', { name, institution: owner, ...fields });
  onEnd(() => admin.api('DELETE', `/chatbots/${name}`, undefined, [204, 404]));
  return name;
}

/** Gives the helper a role from now on. Returns a function that ends it. A new session knows of it at once. */
export async function grant(role, institutions) {
  const { full, subject } = PEOPLE.helper;
  await admin.api('POST', '/people', { name: full, subject }, [201, 409]);
  const { people } = await admin.api('GET', '/people');
  const path = `/people/${people.find((one) => one.subject === subject).id}/grants/${role}`;
  await admin.api('PUT', path, { reason: `Tasks ${RUN}`, ...(institutions && { institutions }) });
  const end = () => admin.api('DELETE', path, undefined, [200, 404]);
  onEnd(end);
  return end;
}
