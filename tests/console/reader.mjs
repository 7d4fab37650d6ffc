// A reader of the console: a page in the browser that signs in, and reports what a reader must not meet.
import assert from 'node:assert/strict';

/** The people of the local identity provider, by what they may do. */
export const PEOPLE = { admin: 'MARY ÄNN', nobody: 'KATI KASK' };

/** The console's address, from the environment. */
export function address() {
  const found = process.env.CONSOLE;
  assert.ok(found, 'CONSOLE has the address of the console');
  return found;
}

/**
 * Opens the console as `person`, and returns the page. `problems` collects violations of the Content-Security-Policy, errors
 * of scripts and requests to other hosts.
 */
export async function signIn(browser, person, options = {}) {
  const problems = [];
  const context = await browser.newContext({ locale: 'et-EE', ...options });
  await watch(context, problems);
  const page = await context.newPage();
  await page.goto(address());
  await page.getByRole('link', { name: /TARA/ }).click();
  await page.getByRole('button', { name: person }).click();
  await page.waitForURL(`${address()}/**`);
  await page.getByRole('navigation').waitFor();
  page.on('request', (request) => recordForeign(request, problems));
  return { page, context, problems };
}

/** Returns a context of the browser with the session of `reader`, whose problems are the reader's too. */
export async function another(browser, reader, options = {}) {
  const storageState = await reader.context.storageState();
  const context = await browser.newContext({ locale: 'et-EE', storageState, ...options });
  await watch(context, reader.problems);
  context.on('request', (request) => recordForeign(request, reader.problems));
  return context;
}

/** Records violations of the Content-Security-Policy and errors of scripts, of all pages of the context. */
async function watch(context, problems) {
  // Chromium writes a violation to the console; an event that was seen proves that the listener works, too.
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      console.error(`Content-Security-Policy: ${effectiveDirective} blocked ${blockedURI}`),
    );
  });
  context.on('console', (message) => {
    if (/Content.Security.Policy|Trusted/i.test(message.text())) problems.push(message.text());
  });
  context.on('weberror', (error) => problems.push(String(error.error())));
}

function recordForeign(request, problems) {
  const { origin, protocol } = new URL(request.url());
  if (origin !== new URL(address()).origin && protocol !== 'data:') problems.push(`request to ${request.url()}`);
}

/** Opens a path of the console by its address, and waits until its heading is there and nothing is loading. */
export async function open(page, path) {
  await page.goto(`${address()}${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
}
