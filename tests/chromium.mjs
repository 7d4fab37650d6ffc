// Headless Chromium of this machine, and what axe-core finds in a page.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MISSING = 'Chromium is missing: install it (Debian: apt install chromium), or set CHROMIUM to its path.';
/** Where Debian, Fedora, Google and macOS install Chromium or Chrome. */
const BROWSERS = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Arguments that keep the browser from asking hosts of its own. */
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

/**
 * Starts the browser. If there is none, the process ends: with a warning that `what` was not checked if `requirement` is
 * `optional`, and with an error otherwise.
 */
export async function launch(what, requirement) {
  const executablePath = found();
  if (executablePath) return chromium.launch({ executablePath });
  console.error(requirement === 'optional' ? `WARNING: ${what} were not checked. ${MISSING}` : MISSING);
  process.exit(requirement === 'optional' ? 0 : 1);
}

/** Starts the browser with a profile in a folder and further arguments, and returns its only context. */
export function launchWith(profile, args) {
  assert.ok(found(), MISSING);
  return chromium.launchPersistentContext(profile, { executablePath: found(), args: [...QUIET, ...args] });
}

const found = () => BROWSERS.find((path) => path && existsSync(path));

/** Returns whether there is a browser. */
export const isInstalled = () => found() !== undefined;

/**
 * Returns the violations of WCAG 2.1 A and AA and of best practices, and what axe-core could not decide, as lines.
 * Elements that match the selector `except` are left out.
 */
export async function findings(page, except) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  // Nodes of other results are not listed, and no style sheet is loaded again: both take longer than the rules.
  const options = { resultTypes: ['violations', 'incomplete'], preload: false };
  const { violations, incomplete, passes } = await page.evaluate(
    ([except, options]) => globalThis.axe.run(except ? { exclude: except } : document, options),
    [except, options],
  );
  assert.ok(
    passes.some((rule) => rule.id === 'color-contrast'),
    'axe-core looked at the text',
  );
  const lines = (kind, rules) =>
    rules.flatMap((rule) => rule.nodes.map((node) => `${kind} ${rule.id}: ${node.html}\n${node.failureSummary}`));
  return [...lines('violation', violations), ...lines('undecided', incomplete)];
}
