// The API is away for five minutes: the reader sees how old the data are, keeps them, and needs not load the page again.
// The browser answers for the API (answers.mjs), and its clock is a stand-in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../chromium.mjs';
import { Answers } from './answers.mjs';
import { countReads, pass } from './clock.mjs';
import { PEOPLE, address, another, signIn } from './reader.mjs';

const MINUTE = 60;
/** The longest time in seconds until what failed is shown again: a minute and a fifth, and a second to show it. */
const LONGEST = 73;

const browser = await launch('the console without the API', process.env.BROWSER);
let reader;

before(async () => {
  reader = await signIn(browser, PEOPLE.admin);
});

after(() => browser.close());

const SCREENS = { '/': 'table', '/chatbots': 'tbody a[href="/chatbots/about"]', '/chatbots/about': '.status' };

for (const [path, data] of Object.entries(SCREENS)) {
  test(`five minutes without the API: ${path}`, async () => {
    const context = await another(browser, reader);
    const page = await context.newPage();
    const answers = new Answers();
    await answers.attach(page);
    await page.clock.install();
    await page.addInitScript(countReads);
    await page.goto(address() + path);
    await page.locator(data).first().waitFor();
    // A screen may show some data before those whose age it has.
    await page.locator('.freshness').waitFor();
    await page.evaluate(() => {
      globalThis.isSamePage = true;
    });
    await pass(page, 70);
    assert.equal(await page.locator('.freshness-old').count(), 0, 'data that are read again are not old');

    answers.state = 'away';
    await pass(page, 15);
    const isOld = page.locator('.freshness-old');
    assert.equal(await isOld.count(), 1, 'age is shown after 15 s');
    const shown = await isOld.textContent();
    for (let minute = 0; minute < 5; minute += 1) {
      const before = answers.requests;
      await pass(page, MINUTE);
      assert.ok(answers.requests - before < 30, `${answers.requests - before} requests in a minute`);
      assert.ok(await page.locator(data).first().isVisible(), 'data are kept');
    }
    assert.equal(await isOld.textContent(), shown, 'age is that of the last answer');
    assert.ok(await page.locator('.notice-problem').first().isVisible());

    answers.state = 'full';
    await pass(page, LONGEST);
    assert.equal(await isOld.count(), 0, 'data are fresh again');
    assert.equal(await page.locator('.notice-problem').count(), 0);
    assert.ok(await page.evaluate(() => globalThis.isSamePage), 'the page was not loaded again');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  });
}
