// One screen in a page of the browser: how to get there, its shape, its layout, and what is inaccessible in it.
import { findings } from '../chromium.mjs';

/** WCAG 2.1, 1.4.10: a page is read without scrolling sideways at 320 pixels, which is 1,280 pixels at 400 %. */
export const [NARROW, WIDE] = [320, 1280];

/**
 * Goes to `path` within the page, as a link does. Returns when its heading is there and nothing is loading or, if `isLoading`,
 * when that can be seen. `answers` are those of the page, whose clock is installed: it skips what the page waits for.
 */
export async function visit(page, answers, path, isLoading = false) {
  await page.evaluate((path) => history.pushState(null, '', path), path);
  const isBusy = () =>
    page.evaluate(() => document.querySelector('h1') === null || document.querySelector('[aria-busy="true"]') !== null);
  // A place of data shows after 200 ms that it is loading; a failed read is repeated after 1 and 2 s.
  await page.clock.runFor(250);
  for (let turn = 0; !isLoading && (answers.pending > 0 || (await isBusy())); turn += 1) {
    if (turn > 200) throw new Error(`${path} is still loading`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await page.clock.runFor(turn < 10 ? 50 : 1000);
  }
  await page.locator('h1').waitFor({ timeout: 5000 });
}

/** Opens all parts of the page that are closed, but not in rows and cards like those before. */
export async function unfold(page) {
  await shapes(page);
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details:not([data-same] *)')) details.open = true;
  });
}

/**
 * Returns the shapes of the page and of its frame: elements with their classes, roles and states, and where texts are.
 * Whether axe-core finds something depends on these, not on the words. Rows, cards and items after one of the same shape
 * count once, and get the attribute `data-same`.
 */
export function shapes(page) {
  return page.evaluate(() => {
    const named = /^(for|aria-(label|labelledby|describedby|controls))$/;
    const kept = /^(class|role|type|lang|tabindex|open|disabled|required|readonly|aria-.*)$/;
    const attributes = (element) =>
      [...element.attributes]
        .filter(({ name }) => named.test(name) || kept.test(name))
        .map(({ name, value }) => (named.test(name) ? name : `${name}=${value}`));
    const shape = (node, left) => {
      if (node === left) return '';
      if (node.nodeType === Node.TEXT_NODE) return node.data.trim() === '' ? '' : '"';
      if (node.nodeType !== Node.ELEMENT_NODE) return '';
      const children = new Set();
      for (const child of node.childNodes) {
        const one = shape(child, left);
        if (child.matches?.('tr, article, li')) child.toggleAttribute('data-same', children.has(one));
        children.add(one);
      }
      return `<${[node.localName, ...attributes(node)].join(' ')}>${[...children].join('')}</>`;
    };
    const main = document.querySelector('main');
    return [shape(main), shape(document.body, main)];
  });
}

/** Returns what axe-core finds, in rows and cards of the same shape once, and what is wrong with the structure and layout. */
export async function faults(page) {
  // axe-core cannot decide on the order of headings if some are left out; `brokenStructure` does.
  const ofAxe = (await findings(page, '[data-same]')).filter((line) => !line.startsWith('undecided heading-order'));
  return [...ofAxe, ...(await brokenStructure(page)), ...(await overflows(page))];
}

/** Returns ids that are not unique, references to ids that are not there, and headings that leave out a level. */
function brokenStructure(page) {
  return page.evaluate(() => {
    const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')];
    const level = (heading) => Number(heading?.localName[1] ?? 0);
    const skipping = headings.filter((heading, at) => level(heading) > level(headings[at - 1]) + 1);
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    const repeated = ids.filter((id, at) => ids.indexOf(id) < at);
    const names = ['for', 'list', 'aria-labelledby', 'aria-describedby', 'aria-controls'];
    const referred = names.flatMap((name) =>
      [...document.querySelectorAll(`[${name}]`)].flatMap((element) => element.getAttribute(name).split(' ')),
    );
    const broken = [...repeated, ...referred.filter((id) => !ids.includes(id))].map((id) => `id ${id}`);
    return [...broken, ...skipping.map((heading) => `heading ${heading.outerHTML}`)];
  });
}

/** Returns what is wider than the page, or cut off. */
export function overflows(page) {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    const wide = scrollWidth > clientWidth ? [`page of ${scrollWidth}`] : [];
    const isCut = (element) => {
      const { overflowX, overflowY } = getComputedStyle(element);
      const [x, y] = [element.scrollWidth - element.clientWidth, element.scrollHeight - element.clientHeight];
      return (overflowX !== 'visible' && x > 1) || (overflowY === 'hidden' && y > 1);
    };
    const others = ':not(input, select, textarea, option, .hidden, .hidden *, .skip, svg *, [data-same] *, .wide thead *)';
    const boxes = [...document.querySelectorAll(`body ${others}`)];
    return [...wide, ...boxes.filter(isCut).map((element) => element.outerHTML.slice(0, 120))];
  });
}

/** Sets or ends the text spacing of WCAG 2.1, 1.4.12. */
export function spaceText(page, isSpaced) {
  return page.evaluate((isSpaced) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
      p { margin-bottom: 2em !important }`);
    document.adoptedStyleSheets = isSpaced ? [sheet] : [];
  }, isSpaced);
}
