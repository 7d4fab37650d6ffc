// The API is away for five minutes: the reader sees how old the data are, keeps them, and needs not load the page again.
// The browser answers for the API (answers.mjs), and its clock is a stand-in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../chromium.mjs';
import { Answers } from './answers.mjs';
import { PEOPLE, address, another, signIn } from './reader.mjs';

const MINUTE = 60;
/** The longest time in seconds between two reads of what failed: a minute and a fifth. */
const LONGEST = 72;

const browser = await launch('the console without the API', process.env.BROWSER);
let reader;

before(async () => {
  reader = await signIn(browser, PEOPLE.admin);
});

after(() => browser.close());

/** Lets `seconds` pass in the page. The real time of the requests is waited for. */
async function pass(page, answers, seconds) {
  for (let second = 0; second < seconds; second += 1) {
    await page.clock.runFor(1000);
    for (let turn = 0; turn < 200 && answers.pending > 0; turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const SCREENS = { '/': 'table', '/chatbots': 'tbody a[href="/chatbots/about"]', '/chatbots/about': '.status' };

for (const [path, data] of Object.entries(SCREENS)) {
  test(`five minutes without the API: ${path}`, async () => {
    const context = await another(browser, reader);
    const page = await context.newPage();
    const answers = new Answers();
    await answers.attach(page);
    await page.clock.install();
    await page.goto(address() + path);
    await page.locator(data).first().waitFor();
    await page.evaluate(() => {
      globalThis.isSamePage = true;
    });
    await pass(page, answers, 70);
    assert.equal(await page.locator('.freshness-old').count(), 0, 'data that are read again are not old');

    answers.state = 'away';
    await pass(page, answers, 15);
    const isOld = page.locator('.freshness-old');
    assert.equal(await isOld.count(), 1, 'age is shown after 15 s');
    const shown = await isOld.textContent();
    for (let minute = 0; minute < 5; minute += 1) {
      const before = answers.requests;
      await pass(page, answers, MINUTE);
      assert.ok(answers.requests - before < 30, `${answers.requests - before} requests in a minute`);
      assert.ok(await page.locator(data).first().isVisible(), 'data are kept');
    }
    assert.equal(await isOld.textContent(), shown, 'age is that of the last answer');
    assert.ok(await page.locator('.notice-problem').first().isVisible());

    answers.state = 'full';
    await pass(page, answers, LONGEST);
    assert.equal(await isOld.count(), 0, 'data are fresh again');
    assert.equal(await page.locator('.notice-problem').count(), 0);
    assert.ok(await page.evaluate(() => globalThis.isSamePage), 'the page was not loaded again');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  });
}
