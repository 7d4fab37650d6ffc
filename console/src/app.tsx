//! The pages of the console. Each is loaded when it is opened first.

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'preact/compat';
import { Route, Switch } from 'wouter';
import { ProblemError } from './api/problem.ts';
import { Loading } from './elements/loading.tsx';
import { LanguageProvider } from './language/language.tsx';
import { Now } from './now/now.tsx';
import { SessionProvider } from './session/session.tsx';
import { Missing } from './shell/missing.tsx';
import { Shell } from './shell/shell.tsx';

const AccessibilityPage = lazy(
  async () => (await import('./help/accessibility.tsx')).AccessibilityPage,
);
const AuditList = lazy(async () => (await import('./audit/list.tsx')).AuditList);
const ChatLinkPage = lazy(async () => (await import('./session/chat-link.tsx')).ChatLinkPage);
const ChatbotList = lazy(async () => (await import('./chatbots/list.tsx')).ChatbotList);
const NewChatbot = lazy(async () => (await import('./chatbots/new.tsx')).NewChatbot);
const ChatbotPage = lazy(async () => (await import('./chatbots/chatbot.tsx')).ChatbotPage);
const IncidentList = lazy(async () => (await import('./incidents/list.tsx')).IncidentList);
const IncidentPage = lazy(async () => (await import('./incidents/incident.tsx')).IncidentPage);
const OutageList = lazy(async () => (await import('./outages/list.tsx')).OutageList);
const NewOutage = lazy(async () => (await import('./outages/new.tsx')).NewOutage);
const OutagePage = lazy(async () => (await import('./outages/outage.tsx')).OutagePage);
const ReportList = lazy(async () => (await import('./reports/list.tsx')).ReportList);
const ReportPage = lazy(async () => (await import('./reports/report.tsx')).ReportPage);
const ComponentPage = lazy(async () => (await import('./releases/component.tsx')).ComponentPage);
const EventList = lazy(async () => (await import('./alerts/events.tsx')).EventList);
const HelpPage = lazy(async () => (await import('./help/help.tsx')).HelpPage);
const NewSubscription = lazy(async () => (await import('./alerts/new.tsx')).NewSubscription);
const PeoplePage = lazy(async () => (await import('./session/people.tsx')).PeoplePage);
const PolicyPage = lazy(async () => (await import('./health/policy.tsx')).PolicyPage);
const ReleaseList = lazy(async () => (await import('./releases/list.tsx')).ReleaseList);
const SubscriptionList = lazy(async () => (await import('./alerts/list.tsx')).SubscriptionList);
const SubscriptionPage = lazy(
  async () => (await import('./alerts/subscription.tsx')).SubscriptionPage,
);
const InstitutionList = lazy(async () => (await import('./institutions/list.tsx')).InstitutionList);
const NewInstitution = lazy(async () => (await import('./institutions/new.tsx')).NewInstitution);
const InstitutionPage = lazy(
  async () => (await import('./institutions/institution.tsx')).InstitutionPage,
);
const ObserverList = lazy(async () => (await import('./dmrs/list.tsx')).ObserverList);
const ObserverPage = lazy(async () => (await import('./dmrs/dmr.tsx')).ObserverPage);
const InvitationList = lazy(async () => (await import('./onboarding/list.tsx')).InvitationList);
const InvitationPage = lazy(
  async () => (await import('./onboarding/invitation.tsx')).InvitationPage,
);
const ApplyPage = lazy(async () => (await import('./onboarding/apply.tsx')).ApplyPage);
const OwnApplicationsPage = lazy(
  async () => (await import('./onboarding/own.tsx')).OwnApplicationsPage,
);
const CredentialsPage = lazy(async () => (await import('./credentials/page.tsx')).CredentialsPage);

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays one. What is temporary is repeated by the beat, and twice before the reader is told.
      retry: (failures, error) =>
        failures < 2 && error instanceof ProblemError && error.isTemporary,
      refetchIntervalInBackground: false,
      staleTime: 2000,
    },
    mutations: { retry: false },
  },
});

export function App() {
  return (
    <QueryClientProvider client={client}>
      <LanguageProvider>
        <Switch>
          <Route path="/accessibility">
            <SessionProvider open={<Statement />}>
              <Shell>
                <Statement />
              </Shell>
            </SessionProvider>
          </Route>
          <Route>
            <SessionProvider>
              <Shell>
                <Pages />
              </Shell>
            </SessionProvider>
          </Route>
        </Switch>
      </LanguageProvider>
    </QueryClientProvider>
  );
}

/** The accessibility statement is for everyone. */
function Statement() {
  return (
    <Suspense fallback={<Loading />}>
      <AccessibilityPage />
    </Suspense>
  );
}

/** The pages for people who are signed in. */
function Pages() {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        <Route path="/">
          <Now />
        </Route>
        <Route path="/chatbots">
          <ChatbotList />
        </Route>
        <Route path="/incidents">
          <IncidentList />
        </Route>
        <Route path="/incidents/:id">{({ id }) => <IncidentPage id={id} />}</Route>
        <Route path="/outages">
          <OutageList />
        </Route>
        <Route path="/outages/new">
          <NewOutage />
        </Route>
        <Route path="/outages/:id">{({ id }) => <OutagePage id={id} />}</Route>
        <Route path="/reports">
          <ReportList />
        </Route>
        <Route path="/institutions/:institution/report">
          {({ institution }) => <ReportPage institution={institution} />}
        </Route>
        <Route path="/policy">
          <PolicyPage />
        </Route>
        <Route path="/subscriptions">
          <SubscriptionList />
        </Route>
        <Route path="/subscriptions/new">
          <NewSubscription />
        </Route>
        <Route path="/subscriptions/:id">{({ id }) => <SubscriptionPage id={id} />}</Route>
        <Route path="/events">
          <EventList />
        </Route>
        <Route path="/releases">
          <ReleaseList />
        </Route>
        <Route path="/releases/:component">
          {({ component }) => <ComponentPage component={component} />}
        </Route>
        <Route path="/audit">
          <AuditList />
        </Route>
        <Route path="/people">
          <PeoplePage />
        </Route>
        <Route path="/chat">
          <ChatLinkPage />
        </Route>
        <Route path="/help">
          <HelpPage />
        </Route>
        <Route path="/chatbots/new">
          <NewChatbot />
        </Route>
        <Route path="/chatbots/:name/:tab?">
          {({ name, tab }) => <ChatbotPage name={name} tab={tab} />}
        </Route>
        <Route path="/institutions">
          <InstitutionList />
        </Route>
        <Route path="/institutions/new">
          <NewInstitution />
        </Route>
        <Route path="/institutions/:id">{({ id }) => <InstitutionPage id={id} />}</Route>
        <Route path="/observers">
          <ObserverList />
        </Route>
        <Route path="/observers/:name">{({ name }) => <ObserverPage name={name} />}</Route>
        <Route path="/invitations">
          <InvitationList />
        </Route>
        <Route path="/invitations/:id">{({ id }) => <InvitationPage id={id} />}</Route>
        <Route path="/invitations/:id/apply">{({ id }) => <ApplyPage id={id} />}</Route>
        <Route path="/applications">
          <OwnApplicationsPage />
        </Route>
        <Route path="/credentials">
          <CredentialsPage />
        </Route>
        <Route>
          <Missing />
        </Route>
      </Switch>
    </Suspense>
  );
}
