// DMRs: registered, changed, disabled, removed; their certificates and API keys.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { certificateRequest } from './csr.mjs';
import { RUN, admin, institution, onEnd } from './people.mjs';

const { api, keyboard, page } = admin;

describe('observers', () => {
  const name = `tasks-dmr-${RUN}`;
  const path = `/dmrs/${name}`;
  let owner;

  before(async () => {
    owner = await institution('observers');
  });

  test('a DMR is registered, changed, disabled and enabled', async () => {
    onEnd(() => api('DELETE', path, undefined, [204, 404]));
    await keyboard.open('/observers');
    await keyboard.fill('Name', name);
    await keyboard.fill('Address', 'https://dmr.example.ee/messages');
    await keyboard.fill('Institution', owner);
    await keyboard.press('button', 'Register');
    await page.waitForURL(`**/observers/${name}`);
    await keyboard.sees('Has not reported yet');
    await keyboard.fill('Address', 'https://dmr.example.ee/changed');
    await keyboard.press('button', 'Save');
    await keyboard.sees('Saved.');
    assert.equal((await api('GET', path)).uri, 'https://dmr.example.ee/changed');
    await keyboard.confirm('Disable the DMR');
    await page.getByRole('button', { name: 'Enable the DMR' }).waitFor();
    assert.equal((await api('GET', path)).status, 'Disabled');
    await keyboard.confirm('Enable the DMR');
    await page.getByRole('button', { name: 'Disable the DMR' }).waitFor();
  });

  test('a certificate is issued and revoked', async () => {
    await keyboard.open(`/observers/${name}`);
    await keyboard.press('link', 'Certificates and API keys');
    await keyboard.unfold('Issue a certificate');
    await keyboard.fill('Certificate request (CSR)', certificateRequest());
    await keyboard.fill('Lifetime (days)', '30');
    await keyboard.press('button', 'Issue');
    assert.match(await keyboard.main.getByLabel('Certificate (PEM)').inputValue(), /BEGIN CERTIFICATE/);
    const table = page.getByRole('table', { name: 'Certificates' });
    await keyboard.confirm('Revoke', revoke, table);
    await keyboard.sees('Revoked: Lost', table);
  });

  test('an API key is issued, shown once and revoked', async () => {
    await keyboard.open(`/credentials?profile=dmr&name=${name}`);
    await keyboard.unfold('Issue an API key');
    await keyboard.press('button', 'Issue');
    const secret = keyboard.main.getByLabel(`API key: ${name}`);
    const key = await secret.inputValue();
    assert.ok(key.length > 20, 'the key is shown');
    await keyboard.press('button', 'I kept it');
    await secret.waitFor({ state: 'detached' });
    assert.ok(!(await page.content()).includes(key), 'the key is gone');
    const table = page.getByRole('table', { name: 'API keys' });
    await keyboard.confirm('Revoke', revoke, table);
    await keyboard.sees('Revoked: Lost', table);
  });

  test('a route subscription that is none cannot be ended, and a DMR is removed', async () => {
    await keyboard.open(`/observers/${name}`);
    await keyboard.press('button', 'End the route subscription');
    const dialog = page.getByRole('dialog', { name: 'End the route subscription' });
    await keyboard.press('button', 'End the route subscription', dialog);
    await keyboard.sees('There is no such record.', dialog);
    await keyboard.press('button', 'Cancel', dialog);
    await keyboard.confirm('Remove the DMR', (open) => keyboard.fill(`Type to confirm: ${name}`, name, open));
    await page.waitForURL('**/observers');
    await api('GET', path, undefined, [404]);
  });

  const revoke = (dialog) => keyboard.fill('Reason (required)', 'Lost', dialog);
});
