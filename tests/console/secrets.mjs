// Secrets and personal codes are in the memory of the page at most: not in what the browser stores, not in an address or
// the history, not in the console, and not in a request to somebody else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../chromium.mjs';
import { Answers, INVITED } from './answers.mjs';
import { PEOPLE, address, open, signIn } from './reader.mjs';

const PERSON = 'EE60001019906';
/** A code of an invitation has 43 characters. */
const CODE = 'canaryInvitationCode0123456789canary0123456';

const browser = await launch('secrets in the console', process.env.BROWSER);
const [written, foreign] = [[], []];
let [reader, session] = [];

before(async () => {
  reader = await signIn(browser, PEOPLE.admin);
  const own = new URL(address()).origin;
  reader.page.on('console', (message) => written.push(message.text()));
  reader.page.on('request', (request) => {
    if (new URL(request.url()).origin !== own) foreign.push(`${request.url()} ${request.postData()}`);
  });
  session = (await reader.context.cookies()).find((cookie) => cookie.name === '__Host-session');
});

after(() => browser.close());

/** Returns all places where a script of the page, an extension, or the next person at the computer could find something. */
async function exposed(page) {
  const stored = await page.evaluate(async () =>
    JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      document.title,
      location.href,
      history.state,
      navigation.entries().map((entry) => [entry.url, entry.getState()]),
      await indexedDB.databases(),
      await caches.keys(),
    ]),
  );
  return [stored, ...written, ...foreign];
}

async function assertHidden(page, ...secrets) {
  for (const place of await exposed(page)) {
    for (const secret of [session.value, ...secrets]) assert.ok(!place.includes(secret), `${secret} is in ${place}`);
  }
}

test('session is a cookie that no script sees, and that no other site sends', () => {
  assert.ok(session.httpOnly && session.secure && session.sameSite === 'Strict');
  assert.ok(session.value.length >= 22);
});

test('personal code of the filter of the audit trail is sent to the API, and is in no address', async () => {
  const { page } = reader;
  await open(page, '/audit');
  await page.getByLabel('Inimene (isiku tunnus)').fill(PERSON);
  const asked = page.waitForRequest((request) => request.url().includes(`/api/audit?person=${PERSON}`));
  await page.getByRole('button', { name: 'Otsi' }).click();
  await asked;
  await page.getByRole('article').first().waitFor();
  await assertHidden(page, PERSON);
  await page.getByRole('button', { name: /^Näita .* kirjeid$/ }).first().click();
  await page.getByRole('article').first().waitFor();
  await assertHidden(page, PERSON);
});

test('personal code of an old link to the audit trail leaves the address', async () => {
  const { page } = reader;
  await page.goto(`${address()}/audit?person=${PERSON}&chatbot=about`);
  await page.waitForURL(`${address()}/audit?chatbot=about`);
  await assertHidden(page, PERSON);
});

test('personal codes of the people are on their page only', async () => {
  await open(reader.page, '/people');
  await assertHidden(reader.page, PERSON);
});

test('API key is shown once, and is gone with its page', async () => {
  const { page } = reader;
  await open(page, '/credentials');
  const form = page.locator('details', { has: page.getByText('Väljasta API-võti') });
  await form.locator('summary').click();
  await form.getByLabel('Nimi').fill('dmr-tallinn');
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  await form.getByRole('button', { name: 'Väljasta' }).click();
  const { apiKey, id } = await (await answer).json();
  const field = page.locator('input.secret');
  await field.waitFor();
  assert.equal(await field.inputValue(), apiKey);
  await assertHidden(page, apiKey);
  await page.getByRole('button', { name: 'Salvestasin selle' }).click();
  await field.waitFor({ state: 'detached' });
  await assertHidden(page, apiKey);
  await page.goto(`${address()}/help`);
  await page.goBack();
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.ok(!(await page.content()).includes(apiKey));
  await assertHidden(page, apiKey);
  await revoke(page, id);
});

async function revoke(page, id) {
  const status = await page.evaluate(async (id) => {
    const body = JSON.stringify({ reason: 'A test issued it' });
    const headers = { 'Content-Type': 'application/json' };
    const path = `/api/api-keys/dmr/dmr-tallinn/${id}/revocation`;
    return (await fetch(path, { method: 'PUT', headers, body })).status;
  }, id);
  assert.ok(status < 300, `${status}`);
}

test('code of an invitation is sent to the API, and is nowhere else', async () => {
  const { page } = reader;
  await new Answers(['admin']).attach(page);
  await open(page, `/invitations/${INVITED}/apply`);
  await page.getByLabel('Kutse kood').fill(CODE);
  await page.getByLabel('Nimi', { exact: true }).fill('canary-chatbot');
  await page.getByLabel('Aadress').fill('https://chat.example.ee/messages');
  await page.getByLabel('Kontakt (e-post)').fill('it@example.ee');
  await page.getByLabel('Sertifikaaditaotlus (CSR)').fill('-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----');
  const sent = page.waitForRequest((request) => request.method() === 'PUT' || request.method() === 'POST');
  await page.getByRole('button', { name: 'Esita taotlus' }).click();
  const request = await sent;
  assert.ok(!request.url().includes(CODE));
  await page.getByRole('alert').first().waitFor();
  await assertHidden(page, CODE);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

test('a stored canary would be found', async () => {
  const { page } = reader;
  await page.evaluate((code) => history.replaceState({ code }, ''), CODE);
  await assert.rejects(assertHidden(page, CODE), /canaryInvitationCode/);
});
