// The page of a bot's owner (examples/network/bot/owner) in headless Chromium, with a stub of the bot: axe-core finds no
// violation, and what the owner does, and what went wrong, is announced.
// If BROWSER is `optional`, a machine without Chromium passes with a warning.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { findings, launch } from '../chromium.mjs';

const FOLDER = new URL('../../examples/network/bot/', import.meta.url);
const FILES = {
  '/': ['owner/index.html', 'text/html'],
  '/owner.js': ['owner/owner.js', 'text/javascript'],
  '/owner.css': ['owner/owner.css', 'text/css'],
};
/** The policy of the real server: under it the page must work. */
const POLICY = readFileSync(new URL('src/owner.rs', FOLDER), 'utf8').match(/const POLICY: &str = "([^"]+)"/)[1];
const NARROW = { width: 320, height: 640 };
const WIDE = { width: 1024, height: 768 };
const RESPONSES = [
  { language: 'et', response: 'utter_greet', variation: 0, text: 'Tere!' },
  { language: 'en', response: 'utter_greet', variation: 0, text: 'Hello!' },
];
const LOGS = [{ at: '2026-11-28T09:00:00Z', level: 'error', message: `failed ${'x'.repeat(60)}` }];

const browser = await launch('the page of a bot’s owner', process.env.BROWSER);
let server;
let address;
let page;
let stub;

async function answerApi(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const send = (status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
  if (request.method === 'PUT') {
    stub.changes.push(JSON.parse(Buffer.concat(chunks).toString()));
    const message = stub.refusals.shift();
    if (message) return send(409, JSON.stringify({ message }));
    if (request.url === '/state') stub.state.control = { mode: 'force-offline', reason: 'It left.' };
    return response.writeHead(204).end();
  }
  return send(200, JSON.stringify(request.url === '/state' ? stub.state : { responses: RESPONSES }));
}

function respond(request, response) {
  const [file, type] = FILES[request.url] ?? [];
  if (!file) return answerApi(request, response);
  response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': POLICY });
  return response.end(readFileSync(new URL(file, FOLDER)));
}

before(async () => {
  server = createServer(respond).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  address = `http://127.0.0.1:${server.address().port}/`;
});

after(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
});

beforeEach(async () => {
  await page?.close();
  const state = {
    name: 'maks',
    status: 'Offline',
    since: '2026-11-28T09:00:00Z',
    cause: { kind: 'failing' },
    logs: LOGS,
  };
  stub = { state, changes: [], refusals: [] };
  page = await browser.newPage({ viewport: WIDE });
  await page.goto(address);
  await page.getByRole('cell', { name: /^failed/ }).waitFor();
});

test('page has no violation, dark too, and fits a narrow screen', async () => {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await findings(page), []);
  }
  assert.equal(await page.title(), 'maks – owner');
  await page.setViewportSize(NARROW);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= NARROW.width, `${width} pixels wide`);
});

test('owner changes the text of a response by keyboard', async () => {
  await page.getByRole('combobox', { name: 'Response' }).selectOption('en: greet');
  const text = page.getByRole('textbox', { name: 'Text' });
  assert.deepEqual([await text.inputValue(), await text.getAttribute('lang')], ['Hello!', 'en']);
  await text.fill('Good day!');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Saved.').waitFor();
  assert.deepEqual(stub.changes, [{ ...RESPONSES[1], text: 'Good day!' }]);
});

test('bot leaves the routing, and a refusal is an alert until the next success', async () => {
  stub.refusals = ['CentOps: An administrator controls this chatbot.'];
  await page.getByRole('button', { name: 'Take out of routing' }).click();
  await page.getByRole('alert').filter({ hasText: 'An administrator' }).waitFor();
  // The page reads the status anew every five seconds; the alert stays.
  stub.state.since = '2026-11-28T10:00:00Z';
  await page.getByRole('status').filter({ hasText: new Date(stub.state.since).toLocaleString('en-GB') }).waitFor();
  assert.match(await page.getByRole('alert').textContent(), /An administrator/);
  await page.getByRole('button', { name: 'Take out of routing' }).click();
  await page.getByRole('status').filter({ hasText: 'Overridden (force-offline)' }).waitFor();
  assert.deepEqual(stub.changes, [{ state: 'Disabled' }, { state: 'Disabled' }]);
  assert.equal(await page.getByRole('alert').textContent(), '');
});
