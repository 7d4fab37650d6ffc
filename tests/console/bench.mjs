// Measures the console with large networks in Chromium of this machine, and fails when a bar is missed. Each figure is the
// median of some runs; the answers are generated and come from this machine, compressed, without a delay.
import { loadavg } from 'node:os';
import { launch } from '../chromium.mjs';
import { answersOf } from './network/answers.mjs';
import { generateChatbots } from './network/chatbots.mjs';
import { visit } from './network/reading.mjs';
import { serve } from './network/server.mjs';

const RUNS = 5;
const BEAT_SPAN = 1500;
const BEAT_SPANS = 20;
const TYPED = 'tallinn-museum';

/** The bars in milliseconds. */
const BARS = {
  'cold page to 30 reasons, 1,000 chatbots': 1500,
  'cold page to first rows, 10,000 chatbots': 500,
  'cold page to all chatbots, 10,000 chatbots': 1500,
  'keystroke in the filter, 10,000 chatbots (slowest of a word)': 100,
  'main thread for a beat without a change, 10,000 chatbots': 16,
};
const [REASONS, FIRST, ALL, KEYSTROKE, BEAT] = Object.keys(BARS);

const median = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];

/** In the page: notes when the first row and when all of a network of `all` were shown, in milliseconds of the page. */
function watch(all) {
  globalThis.shown = {};
  // What was changed is painted after the next frame.
  const note = (key) => {
    globalThis.shown[key] ??= requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        globalThis.shown[`${key} at`] = performance.now();
      };
      port2.postMessage(undefined);
    });
  };
  new MutationObserver(() => {
    const rows = document.querySelectorAll('.dense tbody tr a').length;
    if (rows > 0) note('first');
    if (rows >= 30) note('reasons');
    if (document.querySelector('main [role=status]')?.textContent.startsWith(`${all} `)) note('all');
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** Returns when `key` was shown after a cold start of the page at `address`. */
async function timeTo(browser, address, keys, all) {
  const reader = await visit(browser, 'about:blank');
  await reader.page.addInitScript(watch, all);
  await reader.page.goto(address);
  const last = `${keys.at(-1)} at`;
  await reader.page.waitForFunction((key) => globalThis.shown[key] !== undefined, last);
  const shown = await reader.page.evaluate(() => globalThis.shown);
  await reader.idle();
  return { reader, times: keys.map((key) => shown[`${key} at`]) };
}

/** Returns the longest time from a key to the frame that shows its rows, while a word is typed. */
async function slowestKey({ page }) {
  await page.evaluate(() => {
    globalThis.keys = [];
    addEventListener(
      'keydown',
      ({ timeStamp }) => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => globalThis.keys.push(performance.now() - timeStamp);
          port2.postMessage(undefined);
        });
      },
      { capture: true },
    );
  });
  await page.locator('input[type=search]').first().focus();
  for (const key of TYPED) {
    await page.keyboard.press(key);
    await page.waitForTimeout(50);
  }
  await page.waitForFunction((count) => globalThis.keys.length === count, TYPED.length);
  return Math.max(...(await page.evaluate(() => globalThis.keys)));
}

/** Returns the times of the main thread in the spans of BEAT_SPAN that have a beat. */
async function beatTimes({ page, context, requests }) {
  const devtools = await context.newCDPSession(page);
  // The time that the thread was running: other programs of the machine do not count.
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
  };
  await page.waitForTimeout(1000);
  const times = [];
  for (let span = 0; span < BEAT_SPANS; span += 1) {
    const [before, asked] = [await busy(), requests.length];
    await page.waitForTimeout(BEAT_SPAN);
    if (requests.length > asked) times.push((await busy()) - before);
  }
  return times;
}

async function measure(browser) {
  const now = Date.now();
  const medium = await serve(answersOf(generateChatbots({ size: 1000, down: 30, seed: 1, now }), { now }));
  const large = await serve(answersOf(generateChatbots({ size: 10_000, down: 300, seed: 2, now }), { now }));
  const found = Object.fromEntries(Object.keys(BARS).map((name) => [name, []]));
  // The first run is not counted: the server compresses its answers then, and the browser starts.
  for (let run = 0; run <= RUNS; run += 1) {
    const reasons = await timeTo(browser, `${medium.address}/`, ['reasons'], 1000);
    const list = await timeTo(browser, `${large.address}/chatbots`, ['first', 'all'], 10_000);
    const key = await slowestKey(list.reader);
    const times = { [REASONS]: reasons.times[0], [FIRST]: list.times[0], [ALL]: list.times[1], [KEYSTROKE]: key };
    if (run > 0) for (const [name, time] of Object.entries(times)) found[name].push(time);
    await reasons.reader.close();
    await list.reader.close();
  }
  const { reader } = await timeTo(browser, `${large.address}/`, ['reasons'], 10_000);
  found[BEAT] = await beatTimes(reader);
  await Promise.all([medium.close(), large.close()]);
  return found;
}

const browser = await launch('times of the console', 'required');
const found = await measure(browser);
await browser.close();
console.log(`Load of the machine: ${loadavg()[0].toFixed(1)}. Median of ${RUNS} runs:`);
for (const [name, bar] of Object.entries(BARS)) {
  const time = median(found[name]);
  const isMissed = !(time <= bar);
  console.log(`${isMissed ? 'MISSED' : 'ok    '} ${name}: ${time.toFixed(1)} ms, at most ${bar} ms`);
  if (isMissed) process.exitCode = 1;
}
