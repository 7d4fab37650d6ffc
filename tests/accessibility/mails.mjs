// Every mail and report of the example `render_mail`, in both languages, in headless Chromium: axe-core finds no violation (WCAG 2.1
// A and AA, best practices), nothing is loaded, and a narrow screen needs no scrolling sideways.
// The first argument is the folder that `cargo run --example render_mail -- files FOLDER` wrote. If the second is
// `optional`, a machine without Chromium passes with a warning.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LANGUAGES = ['et', 'en'];
/** Where Debian, Fedora, Google and macOS install Chromium or Chrome. */
const BROWSERS = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
/** WCAG 2.1, 1.4.10: a page is read without scrolling sideways at this width. */
const NARROW = { width: 320, height: 640 };
const WIDE = { width: 1024, height: 768 };

const [folder, requirement] = [resolve(process.argv[2] ?? ''), process.argv[3]];
const executablePath = BROWSERS.find((path) => path && existsSync(path));
if (!executablePath) {
  const message = 'Chromium is missing: install it (Debian: apt install chromium), or set CHROMIUM to its path.';
  console.error(requirement === 'optional' ? `WARNING: mails were not checked. ${message}` : message);
  process.exit(requirement === 'optional' ? 0 : 1);
}
const mails = readdirSync(folder).filter((file) => file.endsWith('.html'));
let browser;
let page;

before(async () => {
  browser = await chromium.launch({ executablePath });
  page = await browser.newPage();
});

after(() => browser?.close());

/** Returns the violations, and what axe-core could not decide, as lines. */
async function findings() {
  await page.evaluate(AXE);
  const { violations, incomplete, passes } = await page.evaluate(() => globalThis.axe.run());
  assert.ok(passes.some((rule) => rule.id === 'color-contrast'), 'axe-core looked at the text');
  const lines = (kind, rules) =>
    rules.flatMap((rule) => rule.nodes.map((node) => `${kind} ${rule.id}: ${node.html}\n${node.failureSummary}`));
  return [...lines('violation', violations), ...lines('undecided', incomplete)];
}

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
    assert.deepEqual(await findings(), []);
    await page.setViewportSize(NARROW);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= NARROW.width, `${width} pixels wide`);
    assert.deepEqual(requests, []);
    page.off('request', record);
  });
}
