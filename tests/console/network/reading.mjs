// A reader of the console with generated answers: opens a page at a fixed time, and reads its tables by their roles.

/**
 * Opens `address` in a context of its own; the clock of the page begins at `now`, or stays there if it `isFixed`. `requests` grows by each request,
 * `problems` by each error. `pass` stops the clock, lets it run for some milliseconds, and waits until all requests were
 * answered and what they brought is shown. `idle` waits for that while the clock runs.
 */
export async function visit(browser, address, { now, isFixed = false, ...options } = {}) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Tallinn', ...options });
  const page = await context.newPage();
  // As on a browser on which somebody signed in: the page asks for the session only then.
  await page.addInitScript(() => {
    if (location.protocol !== 'about:') localStorage.setItem('sign-in', String(Date.now()));
  });
  const requests = [];
  const problems = [];
  let open = 0;
  page.on('request', (request) => {
    requests.push(request.url());
    open += 1;
  });
  const ended = () => {
    open -= 1;
  };
  page.on('requestfinished', ended);
  page.on('requestfailed', ended);
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  if (isFixed) await page.clock.setFixedTime(now);
  else if (now !== undefined) await page.clock.install({ time: now });
  await page.goto(address);
  let isStopped = false;
  const pass = async (milliseconds) => {
    if (!isStopped) await page.clock.pauseAt(await page.evaluate(() => Date.now() + 100));
    isStopped = true;
    await page.clock.runFor(milliseconds);
    // What is answered is shown by timers of some milliseconds.
    do {
      await page.clock.runFor(20);
    } while (open > 0);
    await page.clock.runFor(40);
  };
  const idle = async () => {
    // Between two pages of a list there is a moment without a request.
    for (let quiet = 0; quiet < 3; quiet = open > 0 ? 0 : quiet + 1) await page.waitForTimeout(50);
  };
  return { page, context, requests, problems, pass, idle, close: () => context.close() };
}

/** Returns the rows of the table with a caption: each an object of the cells by their headings. */
export async function rowsOf(page, caption) {
  const table = page.getByRole('table', { name: caption, exact: true });
  const heads = await table.getByRole('columnheader').allTextContents();
  const [, ...rows] = await table.getByRole('row').all();
  return Promise.all(
    rows.map(async (row) => {
      const cells = await row.getByRole('rowheader').or(row.getByRole('cell')).allTextContents();
      return Object.fromEntries(heads.map((head, index) => [head, cells[index].trim()]));
    }),
  );
}
