// What each screen offers, and by which operation of the contract: made for the roles to look at.
import { certificateRequest } from './csr.mjs';
import { incidents } from './incidents.mjs';
import { inMail } from './mailbox.mjs';
import { PEOPLE, RUN, admin, chatbot, grant, institution, onEnd, person, until } from './people.mjs';

const { api } = admin;
const COMPONENT = 'console-tasks';

// Its message is sent, and its outage begins, while other tasks are done.
const slow = institution('roles').then(async (owner) => {
  const name = await chatbot('roles', owner);
  return { owner, name, subscription: await active(owner), running: await begun(owner, name) };
});
slow.catch(() => {});

/** Makes one of everything. Returns the things, the screens with their controls, and the institutions whose they are. */
export async function made() {
  const { owner, ...others } = await slow;
  const dmr = await observer(owner);
  const invited = { institution: owner, email: `roles-${RUN}@example.ee`, days: 1 };
  const invitation = (await api('POST', '/invitations', invited)).id;
  onEnd(() => decide(invitation));
  const waiting = await requested(owner);
  await release();
  const [part, parent, open] = await incidents;
  await api('PUT', `/incidents/${part.id}/parent`, { parent: parent.id });
  const isBegun = async () => (await api('GET', `/planned-outages/${others.running}`)).state === 'in-progress';
  await until('the outage is in progress', isBegun, 90);
  const things = { owner, ...others, dmr, invitation, waiting, part: part.id, incident: open.id };
  return { things, institutions: [owner, part.institution, open.institution], screens: screensOf(things) };
}

async function observer(owner) {
  const name = `tasks-roles-dmr-${RUN}`;
  await api('POST', '/dmrs', { name, uri: 'https://dmr.example.ee/messages', institution: owner });
  onEnd(() => api('DELETE', `/dmrs/${name}`));
  await api('POST', '/certificates', { profile: 'dmr', name, csr: `${certificateRequest()}\n`, days: 1 });
  await api('POST', '/api-keys', { profile: 'dmr', name });
  return name;
}

async function decide(id) {
  await api('PUT', `/invitations/${id}/decision`, { decision: 'reject', reason: 'A test' });
}

/** Subscribes and confirms an address, and sends a message to it. */
async function active(owner) {
  const address = `tasks-roles-${RUN}@example.ee`;
  const settings = { language: 'en' };
  const { id } = await api('POST', '/subscriptions', { channel: 'mail', address, institution: owner, settings });
  onEnd(() => api('DELETE', `/subscriptions/${id}`));
  await api('POST', `/subscriptions/${id}/confirmation`, { code: await inMail(address, /\b(\d{6})\b/) });
  await api('POST', `/subscriptions/${id}/test`);
  return id;
}

/** Plans an outage as an owner, so late that somebody has to confirm it. */
async function requested(owner) {
  const end = await grant('owner', [owner]);
  const helper = await person(PEOPLE.helper.name);
  const rule = { start: wall(8 * 3600), zone: 'UTC', minutes: 60 };
  const body = { institution: owner, rule, reason: 'A test', takeOut: false };
  const { id } = await helper.api('POST', '/planned-outages', body);
  onEnd(() => api('DELETE', `/planned-outages/${id}`));
  await helper.context.close();
  await end();
  return id;
}

async function begun(owner, name) {
  const rule = { start: wall(60), zone: 'UTC', minutes: 60 };
  const body = { institution: owner, chatbots: [name], rule, reason: 'A test', takeOut: false };
  const { id } = await api('POST', '/planned-outages', body);
  onEnd(() => api('DELETE', `/planned-outages/${id}`));
  return id;
}

async function release() {
  const version = `0.1.${Math.floor(Date.now() / 1000)}`;
  await api('POST', '/releases', { component: COMPONENT, version, severity: 'optional' });
  onEnd(() => api('PUT', `/releases/${COMPONENT}/${version}/withdrawal`, { reason: 'A test' }));
}

const wall = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().slice(0, 16);

/** Returns the screens: path, operation that reads it, and controls with their operations: `role: name`. */
function screensOf(things) {
  const { owner, name, dmr, invitation, subscription, waiting, running, part, incident } = things;
  return [
    ['/chatbots', 'list-chatbots', { 'link: Enrol a chatbot': 'create-chatbot' }],
    ['/chatbots/new', 'create-chatbot', { 'button: Enrol': 'create-chatbot' }],
    [
      `/chatbots/${name}`,
      'get-chatbot-health',
      {
        'button: Probe now': 'probe-chatbot',
        'summary: Override the status': 'set-control',
        'link: Change': 'update-chatbot',
      },
    ],
    [
      `/chatbots/${name}/edit`,
      'update-chatbot',
      { 'button: Save': 'update-chatbot', 'button: Delete the chatbot': 'delete-chatbot' },
    ],
    [`/chatbots/${name}/history`, 'get-health-history', {}],
    [`/chatbots/${name}/logs`, 'list-logs', {}],
    [`/chatbots/${name}/events`, 'list-chatbot-events', {}],
    ['/incidents', 'list-incidents', {}],
    [
      `/incidents/${incident}`,
      'get-incident',
      {
        'summary: Acknowledge': 'acknowledge-incident',
        'summary: Add a note': 'add-note',
        'summary: Assign to a person': 'assign-incident',
        'summary: Merge into another incident': 'merge-incident',
        'button: Dismiss': 'dismiss-incident',
      },
    ],
    [
      `/incidents/${part}`,
      'get-incident',
      {
        'summary: Say what was done': 'resolve-incident',
        'button: Open again': 'reopen-incident',
        'button: Split from the other incident': 'split-incident',
      },
    ],
    ['/outages', 'list-planned-outages', { 'link: Plan an outage': 'create-planned-outage' }],
    ['/outages/new', 'create-planned-outage', { 'button: Plan the outage': 'create-planned-outage' }],
    [
      `/outages/${waiting}`,
      'get-planned-outage',
      {
        'button: Confirm': 'confirm-planned-outage',
        'button: Cancel the outage': 'cancel-planned-outage',
        'button: Show the link': 'get-calendar-link',
      },
    ],
    [
      `/outages/${running}`,
      'get-planned-outage',
      {
        'button: End the occurrence in progress now': 'complete-planned-outage',
        'summary: Change the plan': 'update-planned-outage',
      },
    ],
    ['/reports', 'list-institutions', { 'link: Tasks roles': 'get-report' }],
    [`/institutions/${owner}/report`, 'get-report', {}],
    ['/policy', 'get-policy', { 'link: Propose a change and try it': 'dry-run-policy' }],
    ['/releases', 'list-releases', { 'button: See whom it concerns': 'publish-release' }],
    [`/releases/${COMPONENT}`, 'list-releases', { 'button: Withdraw': 'withdraw-release' }],
    ['/subscriptions', 'list-subscriptions', { 'link: New subscription': 'create-subscription' }],
    [
      `/subscriptions/${subscription}`,
      'get-subscription',
      {
        'button: Send a test message': 'test-subscription',
        'summary: See and change the settings': 'update-subscription',
        'button: End the subscription': 'delete-subscription',
        'button: Deliver again': 'redeliver-message',
      },
    ],
    ['/events', 'list-events', { 'button: Continue': 'reannounce-events' }],
    ['/audit', 'list-audit', {}],
    ['/people', 'list-people', { 'button: Add a person': 'add-person', 'summary: Grant a role': 'put-grant' }],
    ['/institutions', 'list-institutions', { 'link: Add an institution': 'create-institution' }],
    ['/institutions/new', 'create-institution', { 'button: Add': 'create-institution' }],
    [
      `/institutions/${owner}`,
      'get-institution',
      { 'button: Save': 'update-institution', 'button: Delete the institution': 'delete-institution' },
    ],
    ['/observers', 'list-dmrs', { 'button: Register': 'create-dmr' }],
    [
      `/observers/${dmr}`,
      'get-dmr',
      {
        'button: Save': 'update-dmr',
        'button: End the route subscription': 'end-route-subscription',
        'button: Remove the DMR': 'delete-dmr',
      },
    ],
    ['/invitations', 'list-invitations', { 'summary: Send an invitation': 'create-invitation' }],
    [`/invitations/${invitation}`, 'get-invitation', { 'button: Withdraw the invitation': 'decide-invitation' }],
    [
      `/credentials?profile=dmr&name=${dmr}`,
      'list-certificates',
      {
        'summary: Issue a certificate': 'issue-certificate',
        'summary: Issue an API key': 'issue-api-key',
        'button: Revoke | Certificates': 'revoke-certificate',
        'button: Revoke | API keys': 'revoke-api-key',
      },
    ],
  ].map(([path, reads, controls]) => ({ path, reads, controls: Object.entries(controls) }));
}
