// The visitor page of the sample network (examples/network/chat/page) in headless Chromium, with a stub of the chat:
// axe-core finds no violation (WCAG 2.1 A and AA, best practices), a visitor asks by keyboard alone, and a lost connection
// comes back.
// If BROWSER is `optional`, a machine without Chromium passes with a warning.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { findings, launch } from '../chromium.mjs';

const FOLDER = new URL('../../examples/network/chat/', import.meta.url);
const FILES = {
  '/': ['page/index.html', 'text/html'],
  '/chat.js': ['page/chat.js', 'text/javascript'],
  '/chat.css': ['page/chat.css', 'text/css'],
};
/** The policy of the real server: under it the page must work. */
const POLICY = readFileSync(new URL('src/server.rs', FOLDER), 'utf8').match(/const POLICY: &str = "([^"]+)"/)[1];
/** WCAG 2.1, 1.4.10: a page is read without scrolling sideways at this width. */
const NARROW = { width: 320, height: 640 };
const WIDE = { width: 1024, height: 768 };

const browser = await launch('the visitor page of the sample network', process.env.BROWSER);
let server;
let address;
let page;
/** The stub's messages, posts and open streams, and the statuses of its next answers. */
let stub;
let errors;

function answerEvents(response) {
  const status = stub.eventStatuses.shift() ?? 200;
  if (status !== 200) return response.writeHead(status).end();
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  stub.streams.add(response);
  for (const post of stub.posts) write(response, post);
}

const write = (stream, post) => stream.write(`id: ${post.id}\nevent: post\ndata: ${JSON.stringify(post)}\n\n`);

function say(from, text, buttons = []) {
  const post = { id: String(stub.posts.length + 1), chat: 'c', from, text, buttons };
  stub.posts.push(post);
  for (const stream of stub.streams) write(stream, post);
}

async function answerMessage(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const message = JSON.parse(Buffer.concat(chunks).toString());
  stub.messages.push(message);
  const status = stub.messageStatuses.shift() ?? 202;
  response.writeHead(status, { 'Content-Type': 'application/json' }).end('{"id": "1"}');
  if (status === 202) say('visitor', message.text);
}

function respond(request, response) {
  const path = new URL(request.url, 'http://stub').pathname;
  if (path.endsWith('/events')) return answerEvents(response);
  if (path.endsWith('/messages')) return answerMessage(request, response);
  const [file, type] = FILES[path] ?? [];
  if (!file) return response.writeHead(404).end();
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
  stub = { messages: [], posts: [], streams: new Set(), messageStatuses: [], eventStatuses: [] };
  errors = [];
  page = await browser.newPage({ viewport: WIDE });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith('data:')) errors.push(request.url());
  });
});

const post = (text) => page.getByRole('log').getByRole('listitem').filter({ hasText: text });

for (const language of ['et', 'en']) {
  for (const colorScheme of ['light', 'dark']) {
    test(`page has no violation in ${language}, ${colorScheme}, and fits a narrow screen`, async () => {
      await page.emulateMedia({ colorScheme });
      await page.goto(address);
      await page.locator(`[data-language=${language}]`).click();
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
      say('visitor', 'Kui suur on maamaks?');
      say('maks', `Maamaks ${'x'.repeat(100)}\nteine rida`);
      say('chat', 'Which?', [{ title: 'maks', payload: '/@maks' }]);
      await post('Which?').waitFor();
      assert.equal(await post('Which?').getAttribute('lang'), language);
      assert.deepEqual(await findings(page), []);
      await page.setViewportSize(NARROW);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= NARROW.width, `${width} pixels wide`);
      assert.deepEqual(errors, []);
    });
  }
}

test('visitor chooses a language, asks and answers a question by keyboard alone', async () => {
  await page.goto(address);
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await press('Tab', 'Tab', 'Enter');
  assert.equal(await page.title(), 'Ask the state – Bürokratt');
  await press('Tab', 'Tab');
  await page.keyboard.type('How much is the land tax?');
  await press('Enter');
  await post('How much is the land tax?').waitFor();
  assert.deepEqual(stub.messages, [{ text: 'How much is the land tax?', language: 'en' }]);
  const input = page.getByRole('textbox', { name: 'Your question' });
  assert.equal(await input.inputValue(), '');
  assert.ok(await input.evaluate((element) => element === document.activeElement));
  say('chat', 'Which service?', [{ title: 'maks', payload: '/@maks' }]);
  await post('Which service?').waitFor();
  await press('Shift+Tab', 'Enter');
  while (stub.messages.length < 2) await page.waitForTimeout(20);
  assert.deepEqual(stub.messages[1], { text: '/@maks', language: 'en' });
  // What a button sends is no sentence of the visitor.
  assert.equal(await post('/@maks').count(), 0);
  assert.deepEqual(errors, []);
});

test('message that is not taken stays in the field, and an alert says so until the next one', async () => {
  await page.goto(address);
  stub.messageStatuses = [500];
  const input = page.getByRole('textbox');
  await input.fill('Tere');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Sõnumit ei saanud saata' }).waitFor();
  assert.equal(await input.inputValue(), 'Tere');
  await page.keyboard.press('Enter');
  await post('Tere').waitFor();
  assert.equal(await page.getByRole('alert').textContent(), '');
});

test('page connects again after an error of a proxy and after a stream that ends, and shows no post twice', async () => {
  stub.eventStatuses = [502];
  await page.goto(address);
  await page.getByRole('status').filter({ hasText: 'Ühendus katkes' }).waitFor();
  say('maks', 'esimene');
  await post('esimene').waitFor();
  assert.equal(await page.getByRole('status').textContent(), '');
  for (const stream of stub.streams) stream.end();
  stub.streams.clear();
  say('maks', 'teine');
  await post('teine').waitFor();
  assert.deepEqual([await post('esimene').count(), await post('teine').count()], [1, 1]);
  assert.deepEqual(errors, []);
});
