// The addresses of all screens, with parts that only the stack knows.
import { readFileSync } from 'node:fs';
import { INVITATION, INVITED } from './answers.mjs';

const APP = new URL('../../console/src/app.tsx', import.meta.url);
const NO_ID = '00000000-0000-7000-8000-000000000000';

/** Returns the addresses. `page` is signed in as an administrator. */
export async function pathsOf(page) {
  const read = (path) => page.evaluate(async (path) => (await fetch(`/api${path}`)).json(), path);
  const { incidents } = await read('/incidents');
  const { plannedOutages } = await read('/planned-outages');
  const { subscriptions } = await read('/subscriptions');
  const { dmrs } = await read('/dmrs');
  const { chatbots } = await read('/chatbots?limit=1');
  const { releases } = await read('/releases');
  const institutions = await read('/admin/institutions');
  const incident = incidents.find(({ kind }) => kind === 'chatbot') ?? incidents[0];
  const bot = `/chatbots/${incident?.chatbot ?? chatbots[0].name}`;
  const component = releases[0]?.component ?? Object.keys(chatbots[0].versions)[0];
  return [
    '/',
    '/chatbots',
    '/chatbots?status=Offline&q=nothing',
    '/chatbots/new',
    ...['', '/health', '/history', '/logs', '/events', '/edit'].map((tab) => bot + tab),
    '/incidents',
    '/incidents?active=false',
    `/incidents/${incident?.id ?? NO_ID}`,
    '/outages',
    '/outages/new',
    `/outages/${plannedOutages[0]?.id ?? NO_ID}`,
    '/reports',
    `/institutions/${chatbots[0].institution}/report`,
    '/policy',
    '/policy?edit',
    '/releases',
    `/releases/${component}`,
    '/subscriptions',
    '/subscriptions/new',
    `/subscriptions/${subscriptions[0]?.id ?? NO_ID}`,
    '/institutions',
    '/institutions/new',
    `/institutions/${institutions[0]?.id ?? 'none'}`,
    '/observers',
    `/observers/${dmrs[0].name}`,
    '/invitations',
    `/invitations/${INVITATION}`,
    `/invitations/${INVITED}`,
    `/invitations/${INVITED}/apply`,
    `/invitations/${INVITATION}/apply`,
    '/applications',
    '/credentials',
    '/people',
    '/events',
    '/audit',
    '/chat',
    '/help',
    '/accessibility',
    '/never-a-page',
  ];
}

/** Returns the patterns of the console's routes. */
export function routes() {
  const source = readFileSync(APP, 'utf8');
  return [...source.matchAll(/<Route path="([^"]+)"/g)].map(([, path]) => path);
}
