//! The menu: the pages that the person's roles permit; and the refusal of the others.

import type { ComponentChildren } from 'preact';
import { lazy, Suspense } from 'preact/compat';
import { Link, useLocation, useRoute } from 'wouter';
import { Forbidden } from '../elements/forbidden.tsx';
import { Loading } from '../elements/loading.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { type Role, useSession } from '../session/session.tsx';
import { Page } from './page.tsx';

const OwnApplicationsPart = lazy(
  async () => (await import('../onboarding/own.tsx')).OwnApplicationsPart,
);

const TEXTS = catalogue({
  et: {
    menu: 'Peamenüü',
    now: 'Praegu',
    mine: 'Minu vestlusrobotid',
    chatbots: 'Vestlusrobotid',
    incidents: 'Intsidendid',
    outages: 'Plaanitud katkestused',
    reports: 'Aruanded',
    policy: 'Reeglid',
    releases: 'Väljalasked',
    subscriptions: 'Tellimused',
    events: 'Sündmused',
    audit: 'Auditijälg',
    people: 'Inimesed',
    chat: 'Vestluskanal',
    help: 'Abi',
    applications: 'Minu taotlused',
    institutions: 'Asutused',
    observers: 'DMR-id',
    invitations: 'Kutsed',
    credentials: 'Sertifikaadid ja võtmed',
  },
  en: {
    menu: 'Main menu',
    now: 'Now',
    mine: 'My chatbots',
    chatbots: 'Chatbots',
    incidents: 'Incidents',
    outages: 'Planned outages',
    reports: 'Reports',
    policy: 'Policy',
    releases: 'Releases',
    subscriptions: 'Subscriptions',
    events: 'Events',
    audit: 'Audit trail',
    people: 'People',
    chat: 'Chat',
    help: 'Help',
    applications: 'My applications',
    institutions: 'Institutions',
    observers: 'DMRs',
    invitations: 'Invitations',
    credentials: 'Certificates and keys',
  },
});

interface Entry {
  path: string;
  text: keyof typeof TEXTS.et;
  /** Who sees it; everyone if there are none. */
  roles?: Role[];
}

const STAFF: Role[] = ['admin', 'operator', 'viewer'];
const ALL: Role[] = [...STAFF, 'owner'];

/** The entries in groups: the network today, what it is set to, who takes part, what happened. */
const GROUPS: Entry[][] = [
  [
    { path: '/', text: 'now', roles: STAFF },
    { path: '/', text: 'mine', roles: ['owner'] },
    { path: '/chatbots', text: 'chatbots', roles: ALL },
    { path: '/incidents', text: 'incidents', roles: ALL },
    { path: '/outages', text: 'outages', roles: ALL },
    { path: '/reports', text: 'reports', roles: ALL },
  ],
  [
    { path: '/policy', text: 'policy', roles: STAFF },
    { path: '/releases', text: 'releases', roles: STAFF },
    { path: '/subscriptions', text: 'subscriptions', roles: ALL },
  ],
  [
    { path: '/institutions', text: 'institutions', roles: ALL },
    { path: '/observers', text: 'observers', roles: STAFF },
    { path: '/invitations', text: 'invitations', roles: STAFF },
    { path: '/credentials', text: 'credentials', roles: STAFF },
    { path: '/people', text: 'people', roles: ['admin'] },
  ],
  [
    { path: '/events', text: 'events', roles: ALL },
    { path: '/audit', text: 'audit', roles: ['admin'] },
  ],
  [
    { path: '/chat', text: 'chat', roles: ALL },
    { path: '/applications', text: 'applications' },
    { path: '/help', text: 'help' },
  ],
];

/** On a narrow page the menu is shown when it is open; on a wide one always. */
export function Menu({ isOpen }: { isOpen: boolean }) {
  const texts = useTexts(TEXTS);
  const { roles } = useSession();
  const isStaff = roles.some((role) => STAFF.includes(role));
  const isShown = (entry: Entry) =>
    (entry.roles?.some((role) => roles.includes(role)) ?? true) &&
    (entry.text !== 'mine' || !isStaff);
  const groups = GROUPS.map((group) => group.filter(isShown)).filter((group) => group.length > 0);
  return (
    <nav id="menu" class={isOpen ? 'menu' : 'menu menu-closed'} aria-label={texts.menu}>
      {groups.map((group) => (
        <ul key={group[0]?.text}>
          {group.map(({ path, text }) => (
            <li key={text}>
              <MenuLink path={path}>{texts[text]}</MenuLink>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}

/** Pages for people without a role: help, and the applications of whoever was invited. */
const FOR_ALL = /^\/(help|applications|invitations\/[^/]+\/apply)$/;

/** Shows its children if the person's roles permit the pages at this path, and else the roles that do. */
export function Permitted({ children }: { children: ComponentChildren }) {
  const texts = useTexts(TEXTS);
  const { roles } = useSession();
  const [path] = useLocation();
  const [, area] = path.split('/');
  const [entry, ...others] = GROUPS.flat().filter((one) => one.path === `/${area}`);
  if (entry === undefined || FOR_ALL.test(path)) return <>{children}</>;
  const needed = [entry, ...others].flatMap((one) => one.roles ?? []);
  if (needed.some((role) => roles.includes(role))) return <>{children}</>;
  return (
    <Page title={texts[entry.text]}>
      <Forbidden roles={needed} />
      {path === '/' && (
        <Suspense fallback={<Loading />}>
          <OwnApplicationsPart />
        </Suspense>
      )}
    </Page>
  );
}

function MenuLink({ path, children }: { path: string; children: string }) {
  const [isHere] = useRoute(path === '/' ? '/' : `${path}/*?`);
  return (
    <Link href={path} aria-current={isHere ? 'page' : undefined}>
      {children}
    </Link>
  );
}
