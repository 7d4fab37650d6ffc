// Every mail and report of the example `render_mail`, in both languages, in headless Chromium: axe-core finds no violation (WCAG 2.1
// A and AA, best practices), nothing is loaded, and a narrow screen needs no scrolling sideways.
// The first argument is the folder that `cargo run --example render_mail -- files FOLDER` wrote. If the second is
// `optional`, a machine without Chromium passes with a warning.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { findings, launch } from '../chromium.mjs';

const LANGUAGES = ['et', 'en'];
/** WCAG 2.1, 1.4.10: a page is read without scrolling sideways at this width. */
const NARROW = { width: 320, height: 640 };
const WIDE = { width: 1024, height: 768 };

const folder = resolve(process.argv[2] ?? '');
const mails = readdirSync(folder).filter((file) => file.endsWith('.html'));
const browser = await launch('mails', process.argv[3]);
let page;

before(async () => {
  page = await browser.newPage();
});

after(() => browser.close());

test('every message is there in both languages', () => {
  const names = new Set(mails.map((file) => file.split('.')[0]));
  assert.ok(names.size >= 12, [...names].join());
  assert.deepEqual([...mails].sort(), [...names].flatMap((name) => LANGUAGES.map((l) => `${name}.${l}.html`)).sort());
});

// One page for all: a new one is a new process of the browser.
for (const file of mails) {
  test(`${file} has no violation, loads nothing and fits a narrow screen`, async () => {
    const url = pathToFileURL(join(folder, file)).href;
    const requests = [];
    const record = (request) => request.url() === url || requests.push(request.url());
    page.on('request', record);
    await page.setViewportSize(WIDE);
    await page.goto(url);
    assert.equal(await page.evaluate(() => document.documentElement.lang), file.split('.')[1]);
    assert.deepEqual(await findings(page), []);
    await page.setViewportSize(NARROW);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= NARROW.width, `${width} pixels wide`);
    assert.deepEqual(requests, []);
    page.off('request', record);
  });
}
