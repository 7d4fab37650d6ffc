// A person who works a page with the keyboard alone: Tab to an element, then type, or press Enter, Space or an arrow.
import assert from 'node:assert/strict';
import { address } from '../reader.mjs';
import { faults, shapes } from '../screen.mjs';

/** The most presses of Tab from one element of a page to another. */
const MOST = 400;
/** The milliseconds without a request after which a page has what it asked for. */
const QUIET = 100;

/** What axe-core and we found in dialogs and in results of acts, by page. */
export const inaccessible = [];
/** The shapes of pages that were checked. */
export const checked = new Set();

export class Keyboard {
  constructor(page) {
    this.page = page;
    /** Where elements are looked for unless a scope is given. */
    this.main = page.getByRole('main');
    this.requests = 0;
    this.changedAt = 0;
    const count = (by) => () => {
      this.requests += by;
      this.changedAt = Date.now();
    };
    page.on('request', count(1));
    page.on('requestfinished', count(-1));
    page.on('requestfailed', count(-1));
  }

  /** Opens a path of the console by its address, and waits until nothing is being read. */
  async open(path) {
    await this.page.goto(`${address()}${path}`);
    await this.settled();
  }

  /** Waits until the heading of a page is there and nothing is being read. */
  async settled() {
    await this.page.getByRole('heading', { level: 1 }).waitFor();
    while (this.requests > 0 || Date.now() - this.changedAt < QUIET) await this.page.waitForTimeout(QUIET / 4);
  }

  /** Moves the focus to the one element of `locator`, by Tab or Shift+Tab. */
  async reach(locator) {
    await locator.waitFor();
    for (let presses = 0; presses < MOST; presses += 1) {
      const where = await locator.evaluate((element) => {
        const active = document.activeElement;
        if (active === element) return 'here';
        const isAfter = active.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING;
        return isAfter ? 'before' : 'after';
      });
      if (where === 'here') return;
      await this.page.keyboard.press(where === 'before' ? 'Shift+Tab' : 'Tab');
    }
    assert.fail(`${locator} is not reached by Tab`);
  }

  /** Presses Enter on the button or link `name`. */
  async press(role, name, scope = this.main) {
    await this.reach(scope.getByRole(role, { name, exact: true }));
    await this.page.keyboard.press('Enter');
  }

  /** Opens the part of a page with the heading `name`. */
  async unfold(name, scope = this.main) {
    const summary = scope.locator('summary').filter({ hasText: name });
    await this.reach(summary);
    if (await summary.evaluate((element) => element.parentElement.open)) return;
    await this.page.keyboard.press('Enter');
  }

  /** Replaces the text of the field `label`. A long text is pasted. */
  async fill(label, text, scope = this.main) {
    await this.reach(scope.getByLabel(label, { exact: true }));
    await this.page.keyboard.press('Control+A');
    if (text.length > 80) await this.page.keyboard.insertText(text);
    else await this.page.keyboard.type(text);
  }

  /** Types a date, or a date with a time, as the browser of the tests shows them: `2027-01-31T10:30` as 01/31/2027, 10:30 AM. */
  async fillTime(label, at, scope = this.main) {
    const field = scope.getByLabel(label, { exact: true });
    await this.reach(field);
    const [date, time] = at.split('T');
    const [year, month, day] = date.split('-');
    await this.page.keyboard.type(`${month}${day}${year}`);
    if (time !== undefined) {
      const [hour, minute] = time.split(':');
      const shown = String(Number(hour) % 12 || 12).padStart(2, '0');
      // A year has up to six digits, so the field does not go on by itself.
      await this.page.keyboard.press('ArrowRight');
      await this.page.keyboard.type(`${shown}${minute}${Number(hour) < 12 ? 'A' : 'P'}`);
    }
    assert.equal(await field.inputValue(), at);
  }

  /** Chooses the option with the text `option` of the list `label`. */
  async choose(label, option, scope = this.main) {
    const list = scope.getByRole('combobox', { name: label, exact: true });
    await this.reach(list);
    await list.getByRole('option', { name: option, exact: true }).waitFor({ state: 'attached' });
    await this.page.keyboard.type(option);
    assert.equal(await list.evaluate((element) => element.selectedOptions[0].label), option);
  }

  /** Checks the box `label`, or unchecks it. */
  async check(label, scope = this.main) {
    await this.reach(scope.getByRole('checkbox', { name: label }));
    await this.page.keyboard.press('Space');
  }

  /** Chooses the answer `label` of a group of radio buttons by the arrows. */
  async pick(label, scope = this.main) {
    const answer = scope.getByRole('radio', { name: label });
    const name = await answer.getAttribute('name');
    await this.reach(scope.locator(`input[name="${name}"]:checked`));
    for (let presses = 0; presses < MOST && !(await answer.isChecked()); presses += 1) {
      await this.page.keyboard.press('ArrowDown');
    }
    assert.ok(await answer.isChecked(), `${label} is chosen`);
  }

  /** Presses `action`, and confirms it in its dialog; `answers` fills the dialog first. */
  async confirm(action, answers = async () => {}, scope = this.main) {
    await this.press('button', action, scope);
    const dialog = this.page.getByRole('dialog', { name: action });
    await dialog.waitFor();
    await answers(dialog);
    await this.look();
    await this.press('button', action, dialog);
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Waits until the page has `text`. */
  async sees(text, scope = this.main) {
    try {
      await scope.getByText(text).first().waitFor();
    } catch (error) {
      throw new Error(`The page has no ${text}: ${await this.main.innerText()}`, { cause: error });
    }
    await this.look();
  }

  /** Records what is inaccessible in the page as it is now, if its shape is new. */
  async look() {
    const unknown = (await shapes(this.page)).filter((shape) => !checked.has(shape));
    if (unknown.length === 0) return;
    for (const shape of unknown) checked.add(shape);
    for (const colorScheme of ['dark', 'light']) {
      await this.page.emulateMedia({ colorScheme });
      const lines = await faults(this.page);
      inaccessible.push(...lines.map((line) => `${new URL(this.page.url()).pathname} ${colorScheme}: ${line}`));
    }
  }
}
