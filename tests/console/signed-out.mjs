// What everyone sees without a session: the way to sign in, and the accessibility statement.
import assert from 'node:assert/strict';
import { after, beforeEach, afterEach, test } from 'node:test';
import { findings, launch } from '../chromium.mjs';
import { Answers } from './answers.mjs';
import { PEOPLE, address } from './reader.mjs';
import { NARROW, WIDE, overflows, spaceText } from './screen.mjs';

const browser = await launch('the console without a session', process.env.BROWSER);
let [context, page] = [];

beforeEach(async () => {
  context = await browser.newContext({ locale: 'et-EE' });
  page = await context.newPage();
});

afterEach(() => context.close());
after(() => browser.close());

async function assertAccessible() {
  for (const language of ['et', 'en']) {
    await page.locator('.banner select').selectOption(language);
    for (const [width, colorScheme] of [
      [WIDE, 'light'],
      [NARROW, 'dark'],
    ]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await spaceText(page, false);
      const found = await findings(page);
      await spaceText(page, true);
      assert.deepEqual([...found, ...(await overflows(page))], [], `${language} ${width} ${colorScheme}`);
    }
  }
}

/** Goes to the identity provider on a page that offers to. */
async function goToSignIn(page) {
  await page.getByRole('link', { name: /TARA/ }).click();
  await page.getByRole('button', { name: PEOPLE.admin }).waitFor();
}

/** Signs in on the page of the identity provider. */
async function identify(page) {
  await page.getByRole('button', { name: PEOPLE.admin }).click();
  await page.getByRole('navigation').waitFor();
}

/** Shows a page again, as its tab does when somebody chooses it. */
const choose = (page) => page.evaluate(() => dispatchEvent(new Event('visibilitychange')));

test('whoever never signed in on this browser asks the API nothing, and nothing fails', async () => {
  const [asked, errors] = [[], []];
  page.on('request', (request) => request.url().includes('/api/') && asked.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  for (const path of ['/', '/chatbots/about', '/accessibility']) {
    await page.goto(address() + path, { waitUntil: 'networkidle' });
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  assert.deepEqual([asked, errors], [[], []]);
});

test('signing in leads back to the page, and signing out is known to other tabs', async () => {
  const path = '/chatbots?status=Offline';
  await page.goto(address() + path);
  await goToSignIn(page);
  await identify(page);
  assert.equal(page.url(), address() + path);
  const other = await context.newPage();
  await other.goto(`${address()}/help`);
  await other.getByRole('button', { name: 'Logi välja' }).click();
  await other.getByRole('link', { name: /TARA/ }).waitFor();
  const asked = [];
  page.on('request', (request) => request.url().endsWith('/api/session') && asked.push(request.url()));
  await page.reload();
  await page.getByRole('link', { name: /TARA/ }).waitFor();
  assert.deepEqual(asked, []);
});

test('signing out leads to the way to sign in if another tab ended the session', async () => {
  await page.goto(address());
  await goToSignIn(page);
  await identify(page);
  await context.clearCookies();
  await page.getByRole('button', { name: 'Logi välja' }).click();
  await page.getByRole('link', { name: /TARA/ }).waitFor();
});

test('signing in by one tab is known to another one that was opened meanwhile', async () => {
  await page.goto(address());
  await goToSignIn(page);
  const other = await context.newPage();
  const refused = other.waitForResponse((response) => response.url().endsWith('/api/session'));
  await other.goto(`${address()}/help`);
  assert.equal((await refused).status(), 401);
  await other.getByRole('link', { name: /TARA/ }).waitFor();
  await identify(page);
  await choose(other);
  await other.getByRole('navigation').waitFor();
});

test('a session that ended without signing out is asked for once', async () => {
  await page.clock.install();
  await page.goto(address());
  await goToSignIn(page);
  await identify(page);
  await context.clearCookies();
  await page.clock.fastForward('06:00');
  const asked = [];
  page.on('request', (request) => request.url().endsWith('/api/session') && asked.push(request.url()));
  for (let visit = 0; visit < 2; visit += 1) {
    asked.length = 0;
    await page.goto(`${address()}/help`);
    await page.getByRole('link', { name: /TARA/ }).waitFor();
    assert.equal(asked.length, visit === 0 ? 1 : 0);
  }
});

test('the way to sign in leads back to the page', async () => {
  await page.goto(`${address()}/chatbots?status=Offline`);
  const link = await page.getByRole('link', { name: /TARA/ }).getAttribute('href');
  assert.match(link, /return=%2Fchatbots%3Fstatus%3DOffline/);
  await assertAccessible();
});

test('a sign-in that failed says so, and leads to the first page', async () => {
  await page.goto(`${address()}/?login=refused`);
  await page.getByRole('alert').getByText('Sisselogimine ei õnnestunud').waitFor();
  assert.match(await page.title(), /^Sisselogimine ei õnnestunud/);
  const link = await page.getByRole('link', { name: /TARA/ }).getAttribute('href');
  assert.match(link, /return=%2F$/);
  await assertAccessible();
});

for (const [language, name, path] of [
  ['et', 'Avalik olekuleht', '/status'],
  ['en', 'Public status page', '/status/en'],
]) {
  test(`the way to sign in has a link to the public status page: ${language}`, async () => {
    await page.goto(address());
    await page.locator('.banner select').selectOption(language);
    const loaded = page.waitForRequest((request) => request.isNavigationRequest());
    await page.getByRole('link', { name }).click();
    assert.equal((await loaded).url(), `${address()}${path}`);
  });
}

test('the accessibility statement needs no session', async () => {
  await page.goto(address());
  await page.getByRole('link', { name: 'Ligipääsetavuse teatis' }).click();
  await page.getByRole('heading', { level: 1, name: 'Ligipääsetavuse teatis' }).waitFor();
  await assertAccessible();
});

test('the accessibility statement needs no API', async () => {
  const answers = new Answers();
  answers.state = 'away';
  await answers.attach(page);
  await page.goto(`${address()}/accessibility`);
  await page.getByRole('heading', { level: 1, name: 'Ligipääsetavuse teatis' }).waitFor();
});

test('without the API every other page says so to whoever signed in, and offers to try again', async () => {
  await page.goto(address());
  await goToSignIn(page);
  const answers = new Answers();
  answers.state = 'away';
  await answers.attach(page);
  await page.goto(`${address()}/chatbots`);
  await page.getByRole('button', { name: 'Proovi uuesti' }).waitFor();
  await assertAccessible();
});
