// Makes the screenshots of docs/screenshots: the main screens of a generated network at a fixed time, as small WebP files.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { launch } from '../chromium.mjs';
import { answersOf } from './network/answers.mjs';
import { generateChatbots } from './network/chatbots.mjs';
import { addresses, exhibits } from './network/exhibits.mjs';
import { visit } from './network/reading.mjs';
import { serve } from './network/server.mjs';

const NOW = Date.parse('2026-11-27T10:00:00Z');
const FOLDER = new URL('../../docs/screenshots/', import.meta.url);
const WIDTHS = { 320: 720, 1280: 900 };
const LONGEST = 1000;
const QUALITY = 0.55;

const chatbots = generateChatbots({ size: 1000, down: 30, seed: 1, now: NOW });
const known = addresses(chatbots);

/** Proposes another policy and runs it dry. */
async function tryPolicy(page) {
  await page.locator('[name="defaults/rate/failurePercent"]').fill('65');
  await page.locator('main form button[type=submit]').first().click();
  const trial = page.locator('section:has(> #trial)');
  await trial.getByRole('button').first().click();
  await trial.getByRole('table').first().waitFor();
  await page.evaluate(() => document.getElementById('proposal').scrollIntoView());
}

/** Each screen: its address, what is done there, and whether it is also shown dark. */
const SCREENS = {
  now: { path: '/', dark: true },
  chatbots: { path: '/chatbots' },
  chatbot: { path: known.chatbot },
  incident: { path: known.incident },
  outages: { path: '/outages' },
  policy: { path: '/policy?edit', act: tryPolicy },
  report: { path: known.report },
};

/** Returns a picture as WebP: a third of the bytes of PNG. `canvas` is a page of the browser that does it. */
async function webp(canvas, png) {
  const encoded = await canvas.evaluate(
    async ([data, quality]) => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
      const surface = new OffscreenCanvas(image.width, image.height);
      surface.getContext('2d').drawImage(image, 0, 0);
      const bytes = new Uint8Array(await (await surface.convertToBlob({ type: 'image/webp', quality })).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    },
    [png.toString('base64'), QUALITY],
  );
  return Buffer.from(encoded, 'base64');
}

/** Returns the picture of a screen: as high as its content, up to a limit. */
async function picture(browser, address, { path, act }, { width, height, locale, colorScheme }) {
  const viewport = { width: Number(width), height };
  const { page, problems, idle, close } = await visit(browser, address + path, {
    now: NOW,
    isFixed: true,
    viewport,
    locale,
    colorScheme,
  });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await idle();
  await act?.(page);
  await idle();
  const content = await page.evaluate(() => document.documentElement.scrollHeight);
  const shown = act === undefined ? Math.min(content, LONGEST) : height;
  await page.setViewportSize({ width: Number(width), height: shown });
  const png = await page.screenshot({ animations: 'disabled' });
  await close();
  if (problems.length > 0) throw new Error(`${path}: ${problems.join('\n')}`);
  return png;
}

const browser = await launch('screenshots of the console', 'required');
const canvas = await browser.newPage();
const server = await serve(answersOf(chatbots, { now: NOW, more: exhibits(chatbots, NOW) }));
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
let bytes = 0;
for (const [name, screen] of Object.entries(SCREENS)) {
  for (const colorScheme of screen.dark ? ['light', 'dark'] : ['light']) {
    for (const [language, locale] of Object.entries({ et: 'et-EE', en: 'en-GB' })) {
      for (const [width, height] of Object.entries(WIDTHS)) {
        const png = await picture(browser, server.address, screen, { width, height, locale, colorScheme });
        const file = `${name}-${width}-${language}${colorScheme === 'dark' ? '-dark' : ''}.webp`;
        const content = await webp(canvas, png);
        writeFileSync(new URL(file, FOLDER), content);
        bytes += content.length;
      }
    }
  }
}
await browser.close();
await server.close();
console.log(`${readdirSync(FOLDER).length} screenshots, ${Math.round(bytes / 1024)} KB in docs/screenshots`);
