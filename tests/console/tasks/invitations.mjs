// Invitations: sent, withdrawn, used for an application, and decided.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { certificateRequest } from './csr.mjs';
import { inMail } from './mailbox.mjs';
import { RUN, admin, institution, onEnd, uriOf } from './people.mjs';

const { api, keyboard, page } = admin;

describe('invitations', () => {
  let owner;

  before(async () => {
    owner = await institution('invitations');
  });

  /** Sends an invitation, and opens its page. Returns its id and its code. */
  async function invite(recipient) {
    const email = `${recipient}-${RUN}@example.ee`;
    await keyboard.open('/invitations');
    await keyboard.unfold('Send an invitation');
    await keyboard.fill('Institution', owner);
    await keyboard.fill('E-mail address', email);
    await keyboard.fill('Days to apply', '7');
    await keyboard.press('button', 'Send the invitation');
    await keyboard.press('link', 'Show the invitation');
    await page.waitForURL('**/invitations/*-*');
    await keyboard.sees('Waits for an application');
    return { id: page.url().split('/').at(-1), code: await inMail(email, /^Code: +(\S+)$/m) };
  }

  /** Applies for the chatbot `name` on the page that is open. */
  async function apply(name, code) {
    await keyboard.press('link', 'Application page');
    await keyboard.fill('Code of the invitation', code);
    await keyboard.fill('Name', name);
    await keyboard.fill('Address', uriOf(name));
    await keyboard.fill('Contact (e-mail)', 'it@example.ee');
    await keyboard.fill('Certificate request (CSR)', certificateRequest());
    await keyboard.press('button', 'Submit the application');
    await keyboard.sees('Waits for a decision');
  }

  /** Opens the applications of the applicant, and returns the row of the chatbot `name`. */
  async function own(name) {
    await keyboard.open('/help');
    await keyboard.press('link', 'My applications', page.getByRole('navigation', { name: 'Main menu' }));
    const row = page.getByRole('table', { name: 'My applications' }).getByRole('row').filter({ hasText: name });
    await row.waitFor();
    return row;
  }

  test('an invitation is sent and withdrawn', async () => {
    const { id } = await invite('withdrawn');
    await keyboard.confirm('Withdraw the invitation', (dialog) =>
      keyboard.fill('Reason (required)', 'The wrong address', dialog),
    );
    await keyboard.sees('Invitation withdrawn');
    assert.equal((await api('GET', `/invitations/${id}`)).status, 'withdrawn');
  });

  test('an application is submitted and approved', async () => {
    const name = `tasks-approved-${RUN}`;
    onEnd(() => api('DELETE', `/chatbots/${name}`, undefined, [204, 404]));
    const { id, code } = await invite('approved');
    await apply(name, code);
    await keyboard.sees('Wait for the decision of an administrator.', await own(name));
    await keyboard.press('link', name);
    await page.waitForURL(`**/invitations/${id}/apply`);
    await keyboard.sees('Waits for a decision');
    await keyboard.open('/invitations?status=submitted');
    await keyboard.press('link', owner);
    await page.waitForURL(`**/invitations/${id}`);
    await keyboard.press('button', 'Approve');
    assert.match(await keyboard.main.getByLabel('Certificate (PEM)').inputValue(), /BEGIN CERTIFICATE/);
    assert.equal((await api('GET', `/chatbots/${name}`)).institution, owner);
    await keyboard.sees('Download the certificate and set up the chatbot.', await own(name));
  });

  test('an application is submitted and rejected', async () => {
    const { id, code } = await invite('rejected');
    const name = `tasks-rejected-${RUN}`;
    await apply(name, code);
    await keyboard.open(`/invitations/${id}`);
    await keyboard.confirm('Reject', (dialog) => keyboard.fill('Reason (required)', 'Another domain', dialog));
    await keyboard.sees('Another domain');
    assert.equal((await api('GET', `/invitations/${id}`)).status, 'rejected');
    await keyboard.sees('Another domain', await own(name));
  });
});
