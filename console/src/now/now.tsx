//! What is down, since when, why, and whether the cap holds more back: `/`, for staff.

import { useMemo } from 'preact/hooks';
import type { Schemas } from '../api/client.ts';
import { Announcement } from '../chatbots/announcement.tsx';
import { type Chatbot, OLD_AFTER, useChatbots } from '../chatbots/data.ts';
import { byUrgency, watched } from '../chatbots/filter.ts';
import { ChatbotTable } from '../chatbots/table.tsx';
import { Loading } from '../elements/loading.tsx';
import { Moment } from '../elements/moment.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { useIsStaff } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Praegu',
    mine: 'Minu vestlusrobotid',
    down: (count: number) =>
      count === 1 ? '1 vestlusrobot ei ole võrgus' : `${count} vestlusrobotit ei ole võrgus`,
    watched: (count: number) =>
      count === 1 ? '1 võrgus olev vajab tähelepanu' : `${count} võrgus olevat vajavad tähelepanu`,
    well: (count: number) => `Kõik ${count} vestlusrobotit on võrgus.`,
    none: 'Ühtegi vestlusrobotit ei ole veel registreeritud.',
    types: { ministry: 'Ministeeriumid', institution: 'Asutused' },
    type: 'Liik',
    online: 'Võrgus',
    ejected: 'Automaatselt välja võetud',
    offline: 'Käsitsi välja võetud',
    unknown: 'Teadmata',
    cap: 'Lagi',
    holding: 'Lagi on täis alates',
    free: 'Ei ole täis',
    counts: 'Võrk',
  },
  en: {
    title: 'Now',
    mine: 'My chatbots',
    down: (count: number) =>
      count === 1 ? '1 chatbot is not online' : `${count} chatbots are not online`,
    watched: (count: number) =>
      count === 1 ? '1 online chatbot needs attention' : `${count} online chatbots need attention`,
    well: (count: number) => `All ${count} chatbots are online.`,
    none: 'No chatbot is enrolled yet.',
    types: { ministry: 'Ministries', institution: 'Institutions' },
    type: 'Type',
    online: 'Online',
    ejected: 'Taken out automatically',
    offline: 'Taken out by hand',
    unknown: 'Unknown',
    cap: 'Cap',
    holding: 'Reached since',
    free: 'Not reached',
    counts: 'Network',
  },
});

export function Now() {
  const texts = useTexts(TEXTS);
  const isStaff = useIsStaff();
  const { chatbots, network, all, isComplete, readAt, error } = useChatbots(isStaff);
  const limit = isStaff ? {} : { limit: OLD_AFTER.owners };
  return (
    <Page
      title={isStaff ? texts.title : texts.mine}
      aside={<Freshness readAt={readAt} {...limit} />}
    >
      {error !== null && <ProblemNotice error={error} onRetry={() => chatbots.refetch()} />}
      {network.data !== undefined && <Counts network={network.data} />}
      {all !== undefined && (
        <Chatbots all={all} isComplete={isComplete} expected={downOf(network.data)} />
      )}
      {!isComplete && error === null && <Loading />}
      {!isStaff && isComplete && all !== undefined && all.length > 0 && (
        <ChatbotTable chatbots={byUrgency(all)} caption={texts.mine} />
      )}
      <Announcement all={isComplete ? all : undefined} />
    </Page>
  );
}

/** Returns how many chatbots are not online by the counts of the network; none if they are not known. */
function downOf(network: Schemas['Network'] | undefined): number | undefined {
  if (network === undefined) return undefined;
  const down = Object.values(network.types).map((one) => one.ejected + one.offline + one.unknown);
  return down.reduce((sum, count) => sum + count, 0);
}

interface ChatbotsProps {
  all: Chatbot[];
  isComplete: boolean;
  /** How many are not online, as far as it is known before all are read. */
  expected: number | undefined;
}

/** What is not online, and what needs attention though it is. */
function Chatbots({ all, isComplete, expected }: ChatbotsProps) {
  const texts = useTexts(TEXTS);
  const down = useMemo(() => byUrgency(all.filter((one) => one.status !== 'Online')), [all]);
  const attended = useMemo(() => watched(all), [all]);
  const count = isComplete ? down.length : (expected ?? down.length);
  const well = all.length === 0 ? texts.none : texts.well(all.length);
  return (
    <>
      {(count > 0 || isComplete) && (
        <section aria-labelledby="down">
          <h2 id="down">{count > 0 ? texts.down(count) : well}</h2>
          {down.length > 0 && <ChatbotTable chatbots={down} caption={texts.down(count)} />}
        </section>
      )}
      {attended.length > 0 && (
        <section aria-labelledby="watched">
          <h2 id="watched">{texts.watched(attended.length)}</h2>
          <ChatbotTable chatbots={attended} caption={texts.watched(attended.length)} />
        </section>
      )}
    </>
  );
}

function Counts({ network }: { network: Schemas['Network'] }) {
  const texts = useTexts(TEXTS);
  return (
    <table class="wide dense">
      <caption class="hidden">{texts.counts}</caption>
      <thead>
        <tr>
          {[texts.type, texts.online, texts.ejected, texts.offline, texts.unknown, texts.cap].map(
            (word) => (
              <th key={word} scope="col">
                {word}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {Object.entries(network.types).map(([type, counts]) => (
          <tr key={type}>
            <th scope="row" data-label={texts.type}>
              {texts.types[type as Schemas['ChatbotType']]}
            </th>
            <td data-label={texts.online}>{counts.online}</td>
            <td data-label={texts.ejected}>{counts.ejected}</td>
            <td data-label={texts.offline}>{counts.offline}</td>
            <td data-label={texts.unknown}>{counts.unknown}</td>
            <td data-label={texts.cap}>
              {counts.holdingSince === undefined ? (
                texts.free
              ) : (
                <strong class="warning">
                  {texts.holding} <Moment at={counts.holdingSince} />
                </strong>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
