// Releases: published and withdrawn. They cannot be removed, so all have the same component.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admin } from './people.mjs';

const { api, keyboard, page } = admin;
const COMPONENT = 'console-tasks';

test('a release is published and withdrawn', async () => {
  const version = `0.0.${Math.floor(Date.now() / 1000)}`;
  await keyboard.open('/releases');
  await keyboard.fill('Component', COMPONENT);
  await keyboard.fill('Version', version);
  await keyboard.choose('Severity', 'Mandatory');
  await keyboard.fill('Notes for owners', 'A release of the tests');
  await keyboard.press('button', 'See whom it concerns');
  await keyboard.sees(/It is an update for 0 of \d+ chatbots\./);
  await keyboard.confirm('Publish');
  await keyboard.sees(`${COMPONENT} ${version} is published.`);
  await keyboard.press('link', COMPONENT);
  await page.waitForURL(`**/releases/${COMPONENT}`);
  const row = page.getByRole('row').filter({ hasText: version });
  await keyboard.confirm('Withdraw', (dialog) => keyboard.fill('Reason (required)', 'A test', dialog), row);
  await keyboard.sees('Withdrawn: A test', row);
  const { releases } = await api('GET', `/releases?component=${COMPONENT}&limit=100`);
  assert.equal(releases.find((one) => one.version === version).withdrawal.reason, 'A test');
});
