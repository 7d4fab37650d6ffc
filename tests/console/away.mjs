// The API is away for five minutes: the reader sees how old the data are, keeps them, and needs not load the page again.
// The browser answers for the API (answers.mjs), and its clock is a stand-in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../chromium.mjs';
import { Answers } from './answers.mjs';
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

/**
 * Counts in the page how many requests have no answer: its clock can run before the browser reports one. The body belongs to the
 * answer: while it is on its way, the clock would run on, and the answer would be as old.
 */
function countReads() {
  const send = globalThis.fetch;
  globalThis.reads = 0;
  globalThis.fetch = async (...request) => {
    globalThis.reads += 1;
    try {
      const answer = await send(...request);
      const body = await answer.arrayBuffer();
      return new Response(body.byteLength > 0 ? body : null, answer);
    } finally {
      globalThis.reads -= 1;
    }
  };
}

/** Lets `seconds` pass in the page. The real time of the requests is waited for. */
async function pass(page, seconds) {
  for (let second = 0; second < seconds; second += 1) {
    await page.clock.runFor(1000);
    while ((await page.evaluate(() => globalThis.reads)) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
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
