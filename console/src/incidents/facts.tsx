//! What is known of an incident: its state, its cause, who works on it, and what it belongs to.

import { Link } from 'wouter';
import type { Schemas } from '../api/client.ts';
import { Moment, useNow } from '../elements/moment.tsx';
import { visible } from '../elements/visible.ts';
import { why } from '../health/why.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useIsStaff } from '../session/session.tsx';
import { Worker } from './table.tsx';
import {
  attempt,
  commonCause,
  familyWord,
  type Incident,
  incidentStatusWord,
  kindWord,
  lasted,
  resolvedByWord,
  sharedWords,
  stateWord,
  withoutCause,
} from './words.ts';

const TEXTS = catalogue({
  et: {
    state: 'Olek',
    kind: 'Liik',
    chatbot: 'Vestlusrobot',
    institution: 'Asutus',
    status: 'Vestlusroboti olek',
    outage: 'Katkestus',
    since: 'alates',
    began: 'Algas',
    firstFailed: 'Esimene viga',
    opened: 'Avati',
    notOpened: 'Ei ole avatud',
    lasted: 'Kestis',
    resolved: 'Lõppes',
    worker: 'Tegeleja',
    nobody: 'Keegi ei tegele sellega.',
    done: 'Mida tehti',
    reopened: 'Uuesti avatud',
    times: (count: number) => (count === 1 ? '1 kord' : `${count} korda`),
    previous: 'Eelmine intsident',
    parent: 'Kuulub intsidendi alla',
    members: 'Selle alla kuuluvad',
    cause: 'Põhjus',
    common: 'Tõenäoline ühine põhjus',
  },
  en: {
    state: 'State',
    kind: 'Kind',
    chatbot: 'Chatbot',
    institution: 'Institution',
    status: 'Status of the chatbot',
    outage: 'Outage',
    since: 'since',
    began: 'Began',
    firstFailed: 'First failure',
    opened: 'Opened',
    notOpened: 'Not opened',
    lasted: 'Lasted',
    resolved: 'Ended',
    worker: 'Who works on it',
    nobody: 'Nobody works on it.',
    done: 'What was done',
    reopened: 'Opened again',
    times: (count: number) => (count === 1 ? '1 time' : `${count} times`),
    previous: 'Incident before',
    parent: 'Part of',
    members: 'Its parts',
    cause: 'Cause',
    common: 'Likely common cause',
  },
});

export function Facts({ incident }: { incident: Incident }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const now = useNow();
  const { acknowledged, assignee, openedAt, resolved } = incident;
  return (
    <section class="card" aria-labelledby="state">
      <h2 id="state">{texts.state}</h2>
      <p class="large">
        <strong>{stateWord(incident.state, language)}</strong>
      </p>
      <dl>
        <dt>{texts.kind}</dt>
        <dd>{kindWord(incident.kind, language)}</dd>
        <Subject incident={incident} />
        <dt>{incident.kind === 'network' ? texts.outage : texts.status}</dt>
        <dd>
          {incidentStatusWord(incident.status, language)} ({texts.since}{' '}
          <Moment at={incident.statusSince} />)
        </dd>
        <dt>{texts.worker}</dt>
        <dd>
          {acknowledged === undefined && assignee === undefined ? (
            texts.nobody
          ) : (
            <Worker incident={incident} />
          )}
        </dd>
        <dt>{texts.firstFailed}</dt>
        <dd>
          <Moment at={incident.firstFailed} />
        </dd>
        <dt>{texts.began}</dt>
        <dd>
          <Moment at={incident.began} />
        </dd>
        <dt>{texts.opened}</dt>
        <dd>{openedAt === undefined ? texts.notOpened : <Moment at={openedAt} />}</dd>
        {resolved !== undefined && (
          <>
            <dt>{texts.resolved}</dt>
            <dd>
              <Moment at={resolved.at} /> ({resolvedByWord(resolved.by, language)})
            </dd>
          </>
        )}
        <dt>{texts.lasted}</dt>
        <dd>{lasted(incident, now, language)}</dd>
        <Relations incident={incident} />
      </dl>
    </section>
  );
}

function Subject({ incident }: { incident: Incident }) {
  const texts = useTexts(TEXTS);
  return (
    <>
      {incident.chatbot !== undefined && (
        <>
          <dt>{texts.chatbot}</dt>
          <dd>
            <Link href={`/chatbots/${incident.chatbot}`}>{incident.chatbot}</Link>
          </dd>
        </>
      )}
      {incident.institution !== undefined && (
        <>
          <dt>{texts.institution}</dt>
          <dd>{incident.institution}</dd>
        </>
      )}
    </>
  );
}

/** What was done, and the incidents to which this one is related. */
function Relations({ incident }: { incident: Incident }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const isStaff = useIsStaff();
  const { action, members = [], parent, previous, reopened } = incident;
  // Owners see no network incident.
  const isOpenable = isStaff || incident.commonCause === undefined;
  return (
    <>
      {action !== undefined && (
        <>
          <dt>{texts.done}</dt>
          <dd>{attempt(action.action, action.helped, language)}</dd>
        </>
      )}
      {reopened > 0 && (
        <>
          <dt>{texts.reopened}</dt>
          <dd>{texts.times(reopened)}</dd>
        </>
      )}
      {previous !== undefined && (
        <>
          <dt>{texts.previous}</dt>
          <dd>
            <IncidentLink id={previous} />
          </dd>
        </>
      )}
      {parent !== undefined && (
        <>
          <dt>{texts.parent}</dt>
          <dd>{isOpenable ? <IncidentLink id={parent} /> : kindWord('network', language)}</dd>
        </>
      )}
      {members.length > 0 && (
        <>
          <dt>{texts.members}</dt>
          <dd>
            <ul>
              {members.map((id) => (
                <li key={id}>
                  <IncidentLink id={id} />
                </li>
              ))}
            </ul>
          </dd>
        </>
      )}
    </>
  );
}

/** A link to an incident of which only the id is known. */
export function IncidentLink({ id }: { id: string }) {
  return <Link href={`/incidents/${id}`}>{id}</Link>;
}

export function Causes({ incident }: { incident: Incident }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const now = useNow();
  const { cause, chatbot, commonCause: common, family } = incident;
  // The first sentence has the status and its time, which stand above.
  const sentences =
    cause === undefined
      ? [withoutCause(language)]
      : why({ status: 'Offline', since: incident.began, cause }, now, language).slice(1);
  return (
    <>
      {chatbot !== undefined && (
        <section class="card" aria-labelledby="cause">
          <h2 id="cause">
            {texts.cause}
            {family !== undefined && `: ${familyWord(family, language)}`}
          </h2>
          <p>{visible(sentences.join(' '))}</p>
        </section>
      )}
      {common !== undefined && <CommonCause cause={common} />}
    </>
  );
}

function CommonCause({ cause }: { cause: Schemas['NetworkCause'] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const now = useNow();
  return (
    <section class="card" aria-labelledby="common-cause">
      <h2 id="common-cause">{texts.common}</h2>
      <p class="large">{sharedWords(cause.shared, language)}</p>
      <p>{commonCause(cause, now, language).join(' ')}</p>
    </section>
  );
}
