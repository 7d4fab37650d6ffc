//! A chatbot, and what can be done: `/chatbots/:name`, with its parts as `/chatbots/:name/:tab`.

import { useQuery } from '@tanstack/react-query';
import { ChatbotEvents } from '../alerts/chatbot-events.tsx';
import { every } from '../api/beat.ts';
import { api, dataOf } from '../api/client.ts';
import { Forbidden } from '../elements/forbidden.tsx';
import { Loading } from '../elements/loading.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { Tabs } from '../elements/tabs.tsx';
import { ChatbotHealth } from '../health/chatbot.tsx';
import { ChatbotHistory } from '../health/history.tsx';
import { ChatbotLogs } from '../ingestion/logs.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Missing } from '../shell/missing.tsx';
import { Page } from '../shell/page.tsx';
import { loadChatbot } from './data.ts';
import { Details } from './details.tsx';
import { EditChatbot } from './edit.tsx';

type Tab = 'health' | 'history' | 'logs' | 'events' | 'edit';

interface Texts {
  tabs: Record<Tab, string>;
  parts: string;
}

const TEXTS = catalogue<Texts>({
  et: {
    tabs: {
      health: 'Seisund',
      history: 'Ajalugu',
      logs: 'Logi',
      events: 'Sündmused',
      edit: 'Muutmine',
    },
    parts: 'Vestlusroboti lehed',
  },
  en: {
    tabs: { health: 'Health', history: 'History', logs: 'Log', events: 'Events', edit: 'Change' },
    parts: 'Pages of the chatbot',
  },
});

export function ChatbotPage({ name, tab = 'health' }: { name: string; tab?: string | undefined }) {
  const texts = useTexts(TEXTS);
  const mayEdit = useMay('admin', 'operator');
  const health = useQuery({
    queryKey: ['chatbot', name, 'health'],
    queryFn: async () =>
      dataOf(await api.GET('/chatbots/{name}/health', { params: { path: { name } } })),
    refetchInterval: every(5),
    enabled: tab === 'health',
  });
  if (!Object.hasOwn(texts.tabs, tab)) return <Missing />;
  const shown = (Object.keys(texts.tabs) as Tab[]).filter((one) => one !== 'edit' || mayEdit);
  const isEdit = tab === 'edit';
  return (
    <Page
      title={name}
      aside={tab === 'health' ? <Freshness readAt={health.dataUpdatedAt} /> : undefined}
    >
      <Tabs
        label={texts.parts}
        tabs={shown.map((one) => ({
          path: `/chatbots/${name}/${one}`,
          text: texts.tabs[one],
          isHere: one === tab,
        }))}
      />
      {tab === 'health' && (
        <>
          {health.error !== null && (
            <ProblemNotice error={health.error} onRetry={() => health.refetch()} />
          )}
          {health.isPending && health.error === null && <Loading />}
          {health.data !== undefined && <ChatbotHealth health={health.data} />}
        </>
      )}
      {tab === 'history' && <ChatbotHistory name={name} />}
      {tab === 'logs' && <ChatbotLogs name={name} />}
      {tab === 'events' && <ChatbotEvents name={name} />}
      {isEdit && !mayEdit && <Forbidden roles={['admin', 'operator']} />}
      {(tab === 'health' || (isEdit && mayEdit)) && <Master name={name} isEdited={isEdit} />}
    </Page>
  );
}

/** The fields of the chatbot, to read or to change. */
function Master({ name, isEdited }: { name: string; isEdited: boolean }) {
  const chatbot = useQuery({ queryKey: ['chatbot', name], queryFn: () => loadChatbot(name) });
  if (chatbot.data === undefined) {
    return chatbot.error === null ? <Loading rows={4} /> : <ProblemNotice error={chatbot.error} />;
  }
  return isEdited ? (
    <EditChatbot key={name} chatbot={chatbot.data} />
  ) : (
    <Details chatbot={chatbot.data.value} />
  );
}
