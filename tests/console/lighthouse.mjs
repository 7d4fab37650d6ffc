// Lighthouse on the screens that people see first: accessibility and best practices 100, the largest paint within 2.5 s on
// slow 4G. Fails if a bar is missed. CONSOLE is the address of the console.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import lighthouse from 'lighthouse';
import { launchWith } from '../chromium.mjs';
import { PEOPLE, address } from './reader.mjs';

const LARGEST_PAINT = 2500;
const profile = mkdtempSync(join(tmpdir(), 'console-lighthouse-'));
let [context, port] = [];

before(async () => {
  port = await freePort();
  context = await launchWith(profile, [`--remote-debugging-port=${port}`]);
});

after(async () => {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
});

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asserts the bars of a page, with the cookies that the browser has. */
async function assertBars(test, path) {
  const options = {
    port,
    onlyCategories: ['accessibility', 'best-practices'],
    onlyAudits: ['largest-contentful-paint'],
    disableStorageReset: true,
    logLevel: 'error',
  };
  const { lhr } = await lighthouse(address() + path, options);
  const { categories, audits } = lhr;
  const isMissed = ({ id, score }) => id !== 'largest-contentful-paint' && score !== null && score < 1;
  const missed = Object.values(audits).filter(isMissed);
  const paint = audits['largest-contentful-paint'].numericValue;
  const scores = options.onlyCategories.map((name) => `${name} ${Math.round(categories[name].score * 100)}`);
  test.diagnostic(`${path}: ${scores.join(', ')}, largest paint ${Math.round(paint)} ms`);
  // A category has 100 if no audit in it is missed.
  assert.ok(options.onlyCategories.every((name) => categories[name].score > 0.9), scores.join());
  assert.deepEqual(missed.map(({ id, details }) => `${id} ${JSON.stringify(details?.items?.slice(0, 3))}`), []);
  assert.ok(paint <= LARGEST_PAINT, `${Math.round(paint)} ms to the largest paint`);
}

test('signed out', (test) => assertBars(test, '/'));

test('signed in', async (parent) => {
  const page = await context.newPage();
  await page.goto(address());
  await page.getByRole('link', { name: /TARA/ }).click();
  await page.getByRole('button', { name: PEOPLE.admin }).click();
  await page.getByRole('navigation').waitFor();
  await page.close();
  await parent.test('now', (test) => assertBars(test, '/'));
  await parent.test('chatbots', (test) => assertBars(test, '/chatbots'));
});
