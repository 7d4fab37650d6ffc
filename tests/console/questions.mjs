// Ten questions about a network of 1,000 chatbots, answered by reading the page Now: its headings and its tables, by their
// roles. The right answers come from the generated chatbots.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../chromium.mjs';
import { answersOf } from './network/answers.mjs';
import { generateChatbots } from './network/chatbots.mjs';
import { rowsOf, visit } from './network/reading.mjs';
import { serve } from './network/server.mjs';

const NOW = Date.parse('2026-11-27T10:00:00Z');

const browser = await launch('what a reader finds in the console', process.env.BROWSER);
const chatbots = generateChatbots({ size: 1000, down: 30, seed: 1, now: NOW });
const down = chatbots.filter(({ status }) => status !== 'Online');
const watched = chatbots.filter((one) => one.status === 'Online' && (one.held ?? one.control ?? one.flappingSince));
let server;
let reader;
/** What the page says: its counts, and the rows of what is out and of what needs attention. */
let said;

before(async () => {
  server = await serve(answersOf(chatbots, { now: NOW }));
  reader = await visit(browser, `${server.address}/`, { now: NOW });
  const { page } = reader;
  await page.locator('tbody th a').first().waitFor();
  await reader.idle();
  const headings = await page.getByRole('heading', { level: 2 }).allTextContents();
  const tables = await Promise.all(headings.map((heading) => rowsOf(page, heading)));
  said = { headings, counts: await rowsOf(page, 'Network'), out: tables[0], watched: tables[1] };
});

after(async () => {
  await browser.close();
  await server.close();
});

const names = (rows) => rows.map(({ Chatbot }) => Chatbot).sort();
const namesOf = (found) => found.map(({ name }) => name).sort();
/** Returns a time as people in Tallinn read it: "11:25", or with the day before. */
const clock = (time) =>
  new Date(time).toLocaleTimeString('en-GB', { timeZone: 'Europe/Tallinn', hour: '2-digit', minute: '2-digit' });
const reasonOf = ({ name }) => [...said.out, ...said.watched].find(({ Chatbot }) => Chatbot === name).Reason;
const some = (test) => {
  const found = [...down, ...watched].filter(test);
  assert.ok(found.length > 0, 'there is something to ask for');
  return found;
};

test('1: how many chatbots are down?', () => {
  assert.equal(said.headings[0], '30 chatbots are not online');
  assert.equal(said.out.length, 30);
});

test('2: which of the ministries are down?', () => {
  const expected = namesOf(some(({ type, status }) => type === 'ministry' && status !== 'Online'));
  assert.deepEqual(names(said.out.filter(({ Type }) => Type === 'Ministry')), expected);
  const counts = said.counts.find(({ Type }) => Type === 'Ministries');
  const count = ['Taken out automatically', 'Taken out by hand', 'Unknown'].reduce(
    (sum, head) => sum + Number(counts[head]),
    0,
  );
  assert.equal(count, expected.length);
});

test('3: which went down last, and how long ago?', () => {
  const last = down.reduce((one, other) => (one.statusSince > other.statusSince ? one : other));
  const [row] = said.out;
  assert.equal(row.Chatbot, last.name);
  const minutes = Math.floor((NOW - Date.parse(last.statusSince)) / 60_000);
  assert.ok(row.For.startsWith(`${minutes} min`), `${row.For} of ${minutes}`);
});

test('4: why is each of those down that observers saw fail?', () => {
  for (const one of some(({ cause }) => cause?.kind === 'failing')) {
    const text = reasonOf(one);
    for (const { observer, detector, failed, slow, total } of one.cause.witnesses) {
      const isOwn = observer === 'chatbot';
      const count = isOwn ? `${failed} error` : `${detector === 'slow-rate' ? slow : failed} of ${total}`;
      assert.ok(text.includes(`${isOwn ? 'The chatbot itself' : observer.slice('dmr:'.length)}: ${count}`), text);
    }
  }
});

test('5: which did not answer their probes, and what had been seen before?', () => {
  const words = { silence: 'stopped reporting', disagreement: 'disagreed', 'own-log': 'errors of its own' };
  const found = some(({ cause }) => cause?.kind === 'unanswered');
  assert.deepEqual(names(said.out.filter(({ Reason }) => Reason.includes('not answer its probes'))), namesOf(found));
  for (const one of found) {
    for (const [reason, word] of Object.entries(words))
      assert.equal(reasonOf(one).includes(word), one.cause.checkReason === reason, reasonOf(one));
  }
});

test('6: which are overridden by a person, why and until when?', () => {
  const words = { 'force-online': 'Forced online', 'force-offline': 'Forced offline', hold: 'Frozen' };
  const found = some(({ control }) => control !== undefined);
  const rows = [...said.out, ...said.watched].filter(({ Reason }) => /Forced|Frozen/.test(Reason));
  assert.deepEqual(names(rows), namesOf(found));
  for (const one of found) {
    const { mode, until, reason } = one.control;
    const text = reasonOf(one);
    assert.ok(text.includes(words[mode]) && text.split(reason).length === 2, text);
    assert.match(text, until === undefined ? /without an end/ : new RegExp(`until (.*, )?${clock(until)}: `));
  }
});

test('7: which go up and down, and since when?', () => {
  const found = some(({ flappingSince }) => flappingSince !== undefined);
  const rows = [...said.out, ...said.watched].filter(({ Reason }) => Reason.includes('up and down'));
  assert.deepEqual(names(rows), namesOf(found));
  for (const one of found) assert.ok(reasonOf(one).includes(`${clock(one.flappingSince)}.`), reasonOf(one));
});

test('8: is the cap reached, since when, and what does it hold?', () => {
  const caps = Object.fromEntries(said.counts.map(({ Type, Cap }) => [Type, Cap]));
  assert.deepEqual(caps, { Ministries: 'Not reached', Institutions: `Reached since ${clock(NOW - 35 * 60_000)}` });
  const held = said.watched.filter(({ Reason }) => Reason.includes('no more chatbots are taken out'));
  assert.deepEqual(names(held), namesOf(some(({ held }) => held === 'cap')));
});

test('9: which institution has the most chatbots that are down?', () => {
  const most = (rows, key) => {
    const counts = new Map();
    for (const row of rows) counts.set(row[key], (counts.get(row[key]) ?? 0) + 1);
    return [...counts].reduce((one, other) => (one[1] >= other[1] ? one : other));
  };
  assert.deepEqual(most(said.out, 'Institution'), most(down, 'institution'));
  assert.ok(most(down, 'institution')[1] > 3);
});

test('10: which wait for their first probe, and were never online?', () => {
  const found = some(({ cause }) => cause?.kind === 'enrolled');
  assert.deepEqual(names(said.out.filter(({ Status }) => Status === 'Unknown')), namesOf(found));
  for (const one of found) assert.ok(reasonOf(one).includes('has not answered a probe yet'), reasonOf(one));
});

test('the page broke no rule of its Content-Security-Policy, and failed nowhere', () => {
  assert.deepEqual(reader.problems, []);
});
