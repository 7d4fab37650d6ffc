// The console by keyboard alone: where the focus is, and what a screen reader is told.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { launch } from '../chromium.mjs';
import { countReads, pass } from './clock.mjs';
import { PEOPLE, address, another, open, signIn } from './reader.mjs';

const browser = await launch('the keyboard in the console', process.env.BROWSER);
let [reader, page] = [];

before(async () => {
  reader = await signIn(browser, PEOPLE.admin);
});

beforeEach(async () => {
  // The next page first: a browser whose last page is closed may open no further one.
  const next = await reader.context.newPage();
  await page?.close();
  page = next;
});

after(() => browser.close());

const focused = () => page.evaluate(() => document.activeElement.localName);

test('the first link leads to the content', async () => {
  await open(page, '/help');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  assert.equal(await focused(), 'main');
});

test('focus goes to the heading of the next page, and back', async () => {
  await open(page, '/help');
  assert.equal(await focused(), 'body');
  for (const path of ['/chatbots', '/chatbots/new', '/releases']) {
    await page.locator(`a[href="${path}"]`).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction((path) => location.pathname === path && document.activeElement.localName === 'h1', path);
  }
  await page.goBack();
  await page.waitForFunction(() => location.pathname === '/chatbots/new' && document.activeElement.localName === 'h1');
});

test('help leads to the public status page, which the browser loads', async () => {
  await open(page, '/help');
  await page.getByRole('link', { name: 'Avalik olekuleht' }).focus();
  const loaded = page.waitForRequest((request) => request.isNavigationRequest());
  await page.keyboard.press('Enter');
  assert.equal(new URL((await loaded).url()).pathname, '/status');
  // A page that is closed while it loads another one may never close.
  await page.waitForURL((url) => url.pathname.startsWith('/status'));
});

test('focus stays where it is if the language or a filter changes', async () => {
  await open(page, '/chatbots');
  await page.locator('.banner select').focus();
  await page.locator('.banner select').selectOption('en');
  await page.getByRole('heading', { level: 1, name: 'Chatbots' }).waitFor();
  assert.equal(await focused(), 'select');
  await page.getByRole('searchbox').focus();
  await page.keyboard.type('about');
  assert.equal(await page.evaluate(() => document.activeElement.value), 'about');
  await page.locator('.banner select').selectOption('et');
});

for (const path of ['/chatbots/about/edit', '/credentials']) {
  test(`dialogs of ${path} take the focus, keep it, and give it back`, async () => {
    await open(page, path);
    const button = await page.waitForSelector('button:has(+ dialog)');
    await button.focus();
    await page.keyboard.press('Enter');
    await page.locator('dialog[open]').waitFor();
    for (let turn = 0; turn < 8; turn += 1) {
      const isInside = () => document.activeElement.closest('dialog') !== null || document.activeElement === document.body;
      assert.ok(await page.evaluate(isInside), await page.evaluate(() => document.activeElement.outerHTML));
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'hidden' });
    assert.ok(await button.evaluate((element) => element === document.activeElement));
  });
}

test('no letter and no sign is a shortcut, so nothing has to be switched off', async () => {
  await open(page, '/');
  const state = () => page.evaluate(() => [location.href, document.activeElement.localName, document.querySelector('[open]')]);
  const before = await state();
  for (const key of 'abcdefghijklmnopqrstuvwxyz0123456789/?.,') await page.keyboard.press(key);
  assert.deepEqual(await state(), before);
});

test('on a narrow page a button opens the menu, and another page closes it', async () => {
  await page.setViewportSize({ width: 320, height: 900 });
  await open(page, '/help');
  const menu = page.getByRole('navigation').first();
  assert.equal(await menu.isVisible(), false);
  await page.locator('.menu-button').focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('.menu-button').getAttribute('aria-expanded'), 'true');
  await menu.locator('a[href="/chatbots"]').click();
  await page.waitForFunction(() => location.pathname === '/chatbots');
  await menu.waitFor({ state: 'hidden' });
});

for (const path of ['/', '/chatbots']) {
  test(`chatbots that go offline and come back are announced together: ${path}`, async () => {
    const context = await another(browser, reader);
    const watched = await context.newPage();
    await watched.clock.install();
    await watched.addInitScript(countReads);
    const [down, state] = [new Set(), { revision: 1 }];
    await watched.route('**/api/health', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), ...state } });
    });
    const list = await (await context.request.get(`${address()}/api/chatbots?limit=100`)).json();
    const names = list.chatbots.map(({ name }) => name);
    await watched.route('**/api/chatbots?*', (route) => {
      const chatbots = list.chatbots.map((one) => ({ ...one, status: down.has(one.name) ? 'Offline' : 'Online' }));
      return route.fulfill({ json: { chatbots } });
    });
    const first = watched.waitForResponse((response) => response.url().includes('/api/chatbots?'));
    await open(watched, path);
    await first;
    await watched.getByText(path === '/' ? /^Kõik \d+ vestlusrobotit on võrgus/ : /^\d+ vestlusrobotit$/).waitFor();
    const region = watched.locator('.hidden[role="status"]');
    const heard = async (change, expected) => {
      change();
      state.revision += 1;
      for (let seconds = 0; seconds < 40 && (await region.textContent()) !== expected; seconds += 1) {
        await pass(watched, 1);
      }
      assert.equal(await region.textContent(), expected);
    };
    assert.equal(await region.textContent(), '', 'the first read is not announced');
    await heard(() => names.slice(0, 3).forEach((name) => void down.add(name)), '3 vestlusrobotit läks võrgust välja.');
    await heard(() => down.delete(names[0]), '1 vestlusrobot tuli võrku tagasi.');
    await watched.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  });
}

test('nothing is announced while nothing changes', async () => {
  const context = await another(browser, reader);
  const quiet = await context.newPage();
  await quiet.clock.install();
  await quiet.addInitScript(countReads);
  for (const path of ['/help', '/', '/releases']) {
    await open(quiet, path);
    await quiet.evaluate(() => {
      globalThis.announced = [];
      const live = '[role="status"], [role="alert"], [aria-live]';
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const region = (target.nodeType === Node.TEXT_NODE ? target.parentElement : target)?.closest(live);
          if (region) globalThis.announced.push(region.outerHTML);
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    await pass(quiet, 14);
    assert.deepEqual(await quiet.evaluate(() => globalThis.announced), [], path);
  }
  await context.close();
});

test('nothing of this violated the Content-Security-Policy, failed, or asked another host', () => {
  assert.deepEqual(reader.problems, []);
});
