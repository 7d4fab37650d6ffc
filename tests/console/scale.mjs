// Large networks in the console: what a reader finds, and what does not depend on how fast the machine is. Times are in
// bench.mjs. It needs no stack: the answers are generated.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../chromium.mjs';
import { answersOf } from './network/answers.mjs';
import { generateChatbots, networkOf } from './network/chatbots.mjs';
import { checkAnswer, values } from './network/contract.mjs';
import { addresses, exhibits } from './network/exhibits.mjs';
import { rowsOf, visit } from './network/reading.mjs';
import { serve } from './network/server.mjs';

const NOW = Date.parse('2026-11-27T10:00:00Z');
const MINUTE = 60_000;
/** A screen of 24 inches. */
const SCREEN = { width: 1920, height: 1080 };

const browser = await launch('large networks in the console', process.env.BROWSER);
const medium = generateChatbots({ size: 1000, down: 30, seed: 1, now: NOW });
const large = generateChatbots({ size: 10_000, down: 300, seed: 2, now: NOW });
const state = { revision: 7 };
const servers = {};

before(async () => {
  servers.medium = await serve(answersOf(medium, { now: NOW, state }));
  servers.large = await serve(answersOf(large, { now: NOW, state }));
});

after(async () => {
  await browser.close();
  await Promise.all(Object.values(servers).map(({ close }) => close()));
});

const isDown = ({ status }) => status !== 'Online';

/** Opens a page of the console with its clock at NOW, and waits until all chatbots are read. */
async function opened(server, path, options = {}) {
  const reader = await visit(browser, `${server.address}${path}`, { viewport: SCREEN, now: NOW, ...options });
  await reader.page.locator('tbody th a').first().waitFor();
  await reader.idle();
  return reader;
}

test('the generated answers keep to the contract, and have each of its kinds', () => {
  for (const chatbots of [medium, large]) {
    checkAnswer('GET', '/chatbots', { chatbots });
    checkAnswer('GET', '/health', networkOf(chatbots, { revision: 7, now: NOW }));
    const found = (of) => [...new Set(chatbots.flatMap(of).filter((value) => value !== undefined))].sort();
    assert.deepEqual(
      found(({ status }) => status),
      values('Status').sort(),
    );
    assert.deepEqual(
      found(({ cause }) => cause?.kind),
      values('CauseSummary', 'kind').sort(),
    );
    assert.deepEqual(
      found(({ cause }) => cause?.checkReason),
      values('CheckReason').sort(),
    );
    assert.deepEqual(
      found(({ cause }) => cause?.witnesses?.map((one) => one.detector)),
      values('Detector').sort(),
    );
    assert.deepEqual(
      found(({ held }) => held),
      values('Chatbot', 'held').sort(),
    );
    assert.deepEqual(
      found(({ control }) => control?.mode),
      values('ControlMode').sort(),
    );
  }
  assert.equal(medium.filter(isDown).length, 30);
  assert.throws(
    () => checkAnswer('GET', '/chatbots', { chatbots: [{ ...medium[0], colour: 'blue' }] }),
    /additional properties/,
  );
});

test('the answers of the screenshots keep to the contract', () => {
  const more = exhibits(medium, NOW);
  const { chatbot, incident, report } = addresses(medium);
  const parts = { name: chatbot, incident, institution: report.replace('/report', '') };
  for (const operation of Object.keys(more)) {
    const [method, template] = operation.split(' ');
    const path = template.replace(/\{(.+)\}/, (_, name) => parts[name].split('/').at(-1));
    checkAnswer(method, path, answersOf(medium, { now: NOW, more })(method, path, new URLSearchParams()).body);
  }
});

test('30 chatbots that are out of 1,000 are read with their reasons on one screen, after at most 12 requests', async () => {
  const { page, requests, close } = await opened(servers.medium, '/');
  const rows = page.getByRole('table', { name: '30 chatbots are not online' }).getByRole('row');
  // The first row has the headings.
  assert.equal(await rows.count(), 31);
  const last = await rows.last().boundingBox();
  assert.ok(
    last.y + last.height <= SCREEN.height,
    `the last row ends at ${last.y + last.height} of ${SCREEN.height} pixels`,
  );
  for (const { Reason } of await rowsOf(page, '30 chatbots are not online')) assert.ok(Reason.length > 10, Reason);
  assert.ok(requests.length <= 12, requests.join('\n'));
  await close();
});

test('the chatbots of a network are read once, a thousand at a time after the first hundred', async () => {
  const { page, requests, close } = await opened(servers.large, '/chatbots');
  await page.getByText('10000 chatbots').waitFor();
  const pages = requests.filter((one) => one.includes('/api/chatbots?'));
  assert.equal(pages.length, 11, pages.join('\n'));
  assert.equal(new Set(pages).size, 11);
  await close();
});

test('the first chatbots are shown while further ones are read, and nothing is called complete before', async () => {
  const { page, close } = await visit(browser, 'about:blank', { now: NOW });
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  await page.route(/cursor=/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${servers.large.address}/`);
  await page.getByRole('heading', { name: '300 chatbots are not online' }).waitFor();
  const caption = '300 chatbots are not online';
  const expected = large.slice(0, 100).filter(isDown).length;
  assert.equal((await rowsOf(page, caption)).length, expected);
  await page.getByText('Loading…').waitFor();
  release();
  await page.getByText('100 of 300 rows are shown.').waitFor();
  assert.equal(await page.getByText('Loading…').count(), 0);
  await close();
});

test('a page of a network of 10,000 has fewer than 3,000 nodes', async () => {
  for (const path of ['/', '/chatbots']) {
    const { page, close } = await opened(servers.large, path);
    await page.waitForFunction(() => document.body.textContent.includes('100 of'));
    const nodes = await page.evaluate(() => {
      const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
      let count = 0;
      while (walker.nextNode()) count += 1;
      return count;
    });
    assert.ok(nodes > 1000 && nodes < 3000, `${path}: ${nodes} nodes`);
    await close();
  }
});

test('a filter finds what it should in a network of 10,000', async () => {
  const { page, close } = await opened(servers.large, '/chatbots');
  await page.getByText('10000 chatbots').waitFor();
  const shown = (count) => page.getByRole('status').getByText(`${count} of 10000 chatbots`).waitFor();
  await page.getByLabel('Search by name, institution or address').fill('museum-3-pay');
  await shown(large.filter(({ name }) => name.includes('museum-3-pay')).length);
  await page.getByLabel('Search by name, institution or address').fill('');
  // A part of an institution's name, and all of it.
  await page.getByRole('combobox', { name: 'Institution' }).fill('narva-lib');
  await shown(large.filter(({ institution }) => institution.includes('narva-lib')).length);
  await page.getByRole('combobox', { name: 'Institution' }).fill('narva-library');
  await shown(large.filter(({ institution }) => institution === 'narva-library').length);
  await page.getByLabel('Status').selectOption('Offline');
  await shown(large.filter((one) => one.institution === 'narva-library' && one.status === 'Offline').length);
  await close();
});

test('a beat without a change changes nothing on the page but its time', async () => {
  for (const path of ['/', '/chatbots']) {
    const { page, requests, problems, pass, close } = await opened(servers.large, path);
    await page.evaluate(() => {
      globalThis.changes = [];
      // The time of the page is one of its words, and so is how long something has lasted.
      const isTime = (node) => (node.nodeType === 1 ? node : node.parentElement).closest('.freshness, time') !== null;
      new MutationObserver((records) => {
        for (const { target, type } of records)
          if (!isTime(target)) globalThis.changes.push(`${type} ${target.nodeName}`);
      }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    });
    const before = requests.length;
    for (let beat = 0; beat < 5; beat += 1) {
      await pass(6000);
    }
    const beats = requests.slice(before);
    assert.ok(beats.length >= 4 && beats.every((one) => one.endsWith('/api/health')), beats.join('\n'));
    assert.deepEqual(await page.evaluate(() => globalThis.changes), []);
    assert.deepEqual(problems, []);
    await close();
  }
});

test('a new revision is shown, though the revision changes while the chatbots are read', async () => {
  const chatbots = structuredClone(medium);
  const own = { revision: 1 };
  const server = await serve(answersOf(chatbots, { now: NOW, state: own }));
  const { page, close } = await opened(server, '/');
  const [first] = chatbots.filter(
    ({ status, held, control, flappingSince }) => status === 'Online' && !(held ?? control ?? flappingSince),
  );
  await page.route(/api\/chatbots/, async (route) => {
    // Each read lasts longer than a beat, which knows of a further change.
    own.revision += 1;
    server.forget();
    await page.waitForResponse(/api\/health/);
    await route.continue();
  });
  Object.assign(first, { status: 'Offline', cause: { kind: 'unanswered' }, statusSince: '2026-11-27T09:59:30Z' });
  own.revision += 1;
  server.forget();
  await page.clock.runFor(30_000);
  await page.getByRole('heading', { name: '31 chatbots are not online' }).waitFor();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await close();
  await server.close();
});

test('the heap is flat over an hour of beats', async () => {
  const { page, requests, pass, close } = await opened(servers.medium, '/');
  const devtools = await page.context().newCDPSession(page);
  const heap = async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    return (await devtools.send('Runtime.getHeapUsage')).usedSize;
  };
  const beats = async (minutes) => {
    for (let past = 0; past < minutes * MINUTE; past += 6000) {
      await pass(6000);
      // A change each minute: rows are shown anew.
      if (past % MINUTE === 0) {
        state.revision += 1;
        servers.medium.forget();
      }
    }
  };
  await beats(10);
  const [start, asked] = [await heap(), requests.length];
  await beats(60);
  assert.ok(requests.length - asked > 600, `${requests.length - asked} requests`);
  const grown = (await heap()) - start;
  assert.ok(grown < 1_000_000, `the heap grew by ${grown} bytes`);
  await close();
});
