// Institutions, and their reports.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { RUN, admin, onEnd } from './people.mjs';

const { api, context, keyboard, page } = admin;

describe('institutions', () => {
  const id = `tasks-institution-${RUN}`;
  const path = `/admin/institutions/${id}`;

  test('an institution is added and changed', async () => {
    onEnd(() => api('DELETE', path, undefined, [204, 404]));
    await keyboard.open('/institutions');
    await keyboard.press('link', 'Add an institution');
    await keyboard.fill('Name', `Institution ${RUN}`);
    await keyboard.fill('Contact (e-mail)', 'it@example.ee');
    await keyboard.fill('Id', id);
    await keyboard.press('button', 'Add');
    await page.waitForURL(`**/institutions/${id}`);
    await keyboard.fill('Contact (e-mail)', 'changed@example.ee');
    await keyboard.press('button', 'Save');
    await keyboard.sees('Saved.');
    assert.equal((await api('GET', path)).contact, 'changed@example.ee');
  });

  test('the report of an institution is read as a page, as a file and as a page of its own', async () => {
    await keyboard.open(`/institutions/${id}`);
    await keyboard.press('link', 'Report');
    await page.waitForURL(`**/institutions/${id}/report`);
    await keyboard.sees(`Institution ${RUN}`);
    await keyboard.fillTime('First day', '2026-11-02');
    await keyboard.fillTime('Last day', '2026-11-08');
    await keyboard.press('button', 'Show the report');
    await page.waitForURL('**/report?from=2026-11-02&to=2026-11-09');
    await keyboard.reach(keyboard.main.getByRole('button', { name: 'Download the CSV file' }));
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    assert.match(await readFile(await download.path(), 'utf8'), /2026-11-0[2-9]/);
    await keyboard.reach(keyboard.main.getByRole('link', { name: 'Open the report as a page of its own' }));
    const [opened] = await Promise.all([context.waitForEvent('page'), page.keyboard.press('Enter')]);
    await opened.getByRole('heading', { level: 1 }).waitFor();
    assert.match(await opened.getByRole('heading', { level: 1 }).innerText(), new RegExp(RUN));
    await opened.close();
  });

  test('an institution is deleted', async () => {
    await keyboard.open(`/institutions/${id}`);
    await keyboard.confirm('Delete the institution', (dialog) =>
      keyboard.fill(`Type to confirm: ${id}`, id, dialog),
    );
    await page.waitForURL('**/institutions');
    await api('GET', path, undefined, [404]);
  });
});
