// Every screen as each role sees it, while it loads, without data, refused, failing, out of date and full: axe-core finds
// nothing, in both languages, wide and narrow, light and dark, and a narrow page needs no scrolling sideways.
//
// The states and roles are made in the browser (answers.mjs): one stack cannot be in all of them. The full state is the
// stack's. Screens of the same shape are alike to axe-core, so each shape is checked once, in all eight combinations of
// language, width and scheme.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch } from '../chromium.mjs';
import { Answers } from './answers.mjs';
import { pathsOf, routes } from './paths.mjs';
import { PEOPLE, address, another, signIn } from './reader.mjs';
import { NARROW, WIDE, faults, overflows, shapes, spaceText, unfold, visit } from './screen.mjs';

const ROLES = { admin: ['admin'], operator: ['operator'], viewer: ['viewer'], owner: ['owner'], nobody: [] };
/** Each state is a page of its own, as a page keeps what it has read; what is out of date was full before. */
const STATES = ['full', 'loading', 'empty', 'failed', 'forbidden'];
const SCHEMES = ['light', 'dark'];
const COMBINATIONS = ['et', 'en'].flatMap((language) =>
  [WIDE, NARROW].flatMap((width) => SCHEMES.map((scheme) => [language, width, scheme])),
);
/** The milliseconds after which the page marks data as old, whatever their beat. */
const OLD = 150_000;

const browser = await launch('screens of the console', process.env.BROWSER);
const checked = new Set();
const visited = [];
let [reader, paths] = [];

before(async () => {
  reader = await signIn(browser, PEOPLE.admin);
  paths = await pathsOf(reader.page);
});

after(() => browser.close());

test('every route of the console is among the screens', () => {
  const pattern = (route) => new RegExp(`^${route.replace(/\/:\w+\?/g, '(/[^/?]+)?').replace(/:\w+/g, '[^/?]+')}(\\?|$)`);
  const missing = routes().filter((route) => !paths.some((path) => pattern(route).test(path)));
  assert.ok(routes().length > 30);
  assert.deepEqual(missing, []);
});

// Two at a time: while one page waits for the stack, the other one is checked.
describe('screens are accessible', { concurrency: 2 }, () => {
  for (const [role, state] of Object.keys(ROLES).flatMap((role) => STATES.map((state) => [role, state]))) {
    const roles = ROLES[role];
    test(`${role}, ${state}`, async () => {
      const context = await another(browser, reader, { viewport: { width: WIDE, height: 900 } });
      const page = await context.newPage();
      const answers = new Answers(roles);
      answers.state = role === 'nobody' && state === 'full' ? 'forbidden' : state;
      await page.clock.install();
      await answers.attach(page);
      await page.goto(`${address()}/never-a-page`);
      await visit(page, answers, '/help');
      const found = await look(page, answers, `${role} ${state}`);
      if (state === 'full') {
        answers.state = 'away';
        await page.clock.fastForward(OLD);
        found.push(...(await look(page, answers, `${role} old`)));
      }
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await context.close();
      assert.deepEqual(found, []);
    });
  }
});

/** Visits all screens, and returns what is wrong with those whose shape is new. */
async function look(page, answers, circumstances) {
  const found = [];
  for (const path of paths) {
    await visit(page, answers, path, answers.state === 'loading');
    await unfold(page);
    visited.push(`${circumstances} ${path}`);
    const unknown = (await shapes(page)).filter((shape) => !checked.has(shape));
    for (const shape of unknown) checked.add(shape);
    if (unknown.length === 0) continue;
    // What is read again meanwhile must not change the page during a check.
    answers.hold();
    const lines = await check(page);
    answers.release();
    found.push(...lines.map((line) => `${circumstances} ${path} ${line}`));
  }
  return found;
}

async function check(page) {
  const found = [];
  for (const [language, width, colorScheme] of COMBINATIONS) {
    await page.locator('.banner select').selectOption(language);
    const lines = await checkAs(page, width, colorScheme);
    found.push(...lines.map((line) => `${language} ${width} ${colorScheme}: ${line}`));
  }
  return found;
}

async function checkAs(page, width, colorScheme) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
  const lines = await faults(page);
  if (width === NARROW) {
    await spaceText(page, true);
    lines.push(...(await overflows(page)).map((box) => `spaced ${box}`));
    await spaceText(page, false);
  }
  return lines;
}

for (const path of ['/status', '/status/en']) {
  test(`the public page ${path} is accessible`, async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const found = [];
    const answer = await page.goto(`${address()}${path}`);
    assert.equal(answer.status(), 200);
    for (const [width, scheme] of [WIDE, NARROW].flatMap((width) => SCHEMES.map((scheme) => [width, scheme]))) {
      found.push(...(await checkAs(page, width, scheme)).map((line) => `${width} ${scheme}: ${line}`));
    }
    await context.close();
    assert.deepEqual(found, []);
  });
}

test('no screen violated the Content-Security-Policy, failed, or asked another host', (context) => {
  context.diagnostic(`${visited.length} screens were visited, ${checked.size} shapes were checked`);
  assert.deepEqual(reader.problems, []);
});
