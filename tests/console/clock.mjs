// The stand-in for the clock of a page, in step with real requests.

/**
 * Counts in the page how many requests have no answer: its clock can run before the browser reports one. The body belongs to the
 * answer: while it is on its way, the clock would run on, and the answer would be as old. A script for `addInitScript`.
 */
export function countReads() {
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

/**
 * Lets `seconds` pass in the page, whose clock is installed and whose reads are counted. The page's clock stands while a request
 * has no answer, so a slow machine makes no data old.
 */
export async function pass(page, seconds) {
  // The clock stops at a moment that is still to come, however long the browser takes to hear of it.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1000));
  for (let second = 0; second < seconds; second += 1) {
    await page.clock.runFor(1000);
    while ((await page.evaluate(() => globalThis.reads)) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await page.clock.resume();
}
