// Answers of the API in another state than the stack's. The stack cannot be slow, empty, failing or away on demand, and
// other tests use it meanwhile; so the browser intercepts what the page reads. Changes always reach the stack.

const TIME = '2026-11-27T08:00:00Z';
const INVITATION = '01a21bf6-5905-7dcb-8d25-0902deb648e6';
/** An invitation without an application. */
const INVITED = '01a21bf6-2e79-704c-b261-3385ff64084c';
const CHATBOT = { name: 'tax-board', uri: 'https://chat.example.ee/messages', type: 'institution' };
const invitation = {
  id: INVITATION,
  institution: 'tax-board',
  email: 'it@example.ee',
  status: 'submitted',
  until: '2026-12-04T08:00:00Z',
  history: [
    { status: 'invited', at: TIME, by: 'EE60001019906' },
    { status: 'submitted', at: TIME, by: 'EE60001019906' },
  ],
  application: {
    chatbot: { ...CHATBOT, contact: 'it@example.ee', versions: { 'chat-widget': '2.1.0' } },
    csr: '-----BEGIN CERTIFICATE REQUEST-----\nMIG6\n-----END CERTIFICATE REQUEST-----\n',
    by: 'EE60001019906',
  },
};
const { application: _, ...invited } = { ...invitation, id: INVITED, status: 'invited', history: [invitation.history[0]] };
const grant = { reason: 'On duty', by: 'EE60001019906', since: TIME };
const own = {
  id: INVITATION,
  institution: 'tax-board',
  chatbot: 'tax-board',
  status: 'submitted',
  submittedAt: TIME,
  nextStep: 'await-decision',
};
const rejected = { status: 'rejected', decidedAt: TIME, reason: 'Another domain', nextStep: 'request-invitation' };
const key = { profile: 'dmr', name: 'dmr-tallinn', enrolledAt: TIME, issuedAt: TIME };

/** Answers with what tests cannot remove from the stack again, or what others remove meanwhile. */
const SAMPLES = {
  '/people': {
    people: [
      { id: INVITATION, subject: 'EE39901012239', name: 'Mati Maasikas', grants: {} },
      {
        id: '01a21bf7-0e86-7c57-ac4e-6a596c70a39b',
        subject: 'EE60001019906',
        name: 'Mari-Liis Männik',
        grants: { operator: grant, owner: { ...grant, institutions: ['tax-board'], until: '2027-01-01T00:00:00Z' } },
      },
    ],
  },
  '/own-invitations': {
    invitations: [
      { ...own, id: INVITED, ...rejected },
      own,
    ],
  },
  '/invitations': { invitations: [invitation, invited] },
  [`/invitations/${INVITED}`]: invited,
  [`/invitations/${INVITATION}`]: invitation,
  '/api-keys': {
    keys: [
      { ...key, id: 'cuopfu' },
      { ...key, id: 'cuopfv', revokedAt: TIME, revocationReason: 'Lost' },
    ],
  },
};

export { INVITATION, INVITED };

/** Returns an answer without the items of its lists. */
function emptied(body) {
  if (Array.isArray(body)) return [];
  const kept = Object.entries(body).filter(([name]) => name !== 'next');
  return Object.fromEntries(kept.map(([name, value]) => [name, Array.isArray(value) ? [] : value]));
}

function problem(status) {
  const body = { type: 'urn:centops:problem:test', title: 'A test', status, instance: 'urn:centops:request:test' };
  return { status, contentType: 'application/problem+json', body: JSON.stringify(body) };
}

/** What a page reads, by `state`: full (of the stack), loading, empty, failed (503), forbidden (403), away. */
export class Answers {
  state = 'full';
  /** The number of requests so far. */
  requests = 0;
  /** The number of requests of the page that have no answer yet. */
  pending = 0;
  #bodies = new Map();
  #held;
  #letGo;
  #session;

  /** `roles` are those of the person instead of the true ones; none to leave them. */
  constructor(roles) {
    this.roles = roles;
  }

  async attach(page) {
    await page.route('**/api/**', (route) => this.#answer(route));
    page.on('request', (request) => this.#count(request, 1));
    page.on('requestfinished', (request) => this.#count(request, -1));
    page.on('requestfailed', (request) => this.#count(request, -1));
  }

  /** Answers nothing until [`release`]. */
  hold() {
    this.#held = new Promise((resolve) => {
      this.#letGo = resolve;
    });
  }

  release() {
    this.#letGo();
    this.#held = undefined;
  }

  #count(request, change) {
    if (!new URL(request.url()).pathname.startsWith('/api/')) return;
    this.pending += change;
    if (change > 0) this.requests += 1;
  }

  async #answer(route) {
    await this.#held;
    const request = route.request();
    const path = new URL(request.url()).pathname.slice('/api'.length);
    if (this.state === 'away') return route.abort('connectionfailed');
    if (request.method() !== 'GET') return route.continue();
    if (path === '/session') return this.#answerSession(route);
    if (this.state === 'full') {
      const sample = this.roles && SAMPLES[path];
      return sample ? route.fulfill({ json: sample }) : route.continue();
    }
    if (this.state === 'failed') return route.fulfill(problem(503));
    if (this.state === 'forbidden') return route.fulfill(problem(403));
    if (this.state === 'empty') return this.#answerEmpty(route, path);
    return undefined; // Loading: there is no answer.
  }

  async #answerSession(route) {
    if (this.roles === undefined) return route.continue();
    this.#session ??= await (await route.fetch()).json();
    const institutions = this.roles.includes('owner') ? ['web-archive'] : [];
    return route.fulfill({ json: { ...this.#session, roles: this.roles, institutions } });
  }

  async #answerEmpty(route, path) {
    const url = route.request().url();
    if (!this.#bodies.has(url)) {
      const answer = SAMPLES[path] ? undefined : await route.fetch();
      if (answer !== undefined && !answer.ok()) return route.fulfill({ response: answer });
      this.#bodies.set(url, SAMPLES[path] ?? (await answer.json()));
    }
    return route.fulfill({ json: emptied(this.#bodies.get(url)) });
  }
}
