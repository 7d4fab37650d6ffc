//! A table of chatbots with their status and the reason for it.

import { useMemo } from 'preact/hooks';
import { Link } from 'wouter';
import { Elapsed, useNow } from '../elements/moment.tsx';
import { StatusMark } from '../elements/status.tsx';
import { Table } from '../elements/table.tsx';
import { why } from '../health/why.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import type { Chatbot } from './data.ts';
import { typeWord } from './words.ts';

const TEXTS = catalogue({
  et: {
    name: 'Vestlusrobot',
    status: 'Olek',
    since: 'Kestnud',
    institution: 'Asutus',
    type: 'Liik',
    reason: 'Põhjus',
  },
  en: {
    name: 'Chatbot',
    status: 'Status',
    since: 'For',
    institution: 'Institution',
    type: 'Type',
    reason: 'Reason',
  },
});

export function ChatbotTable({ chatbots, caption }: { chatbots: Chatbot[]; caption: string }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const now = useNow();
  const today = now.toDateString();
  const reasons = useMemo(() => new WeakMap<Chatbot, string>(), [language, today]);
  const reason = (chatbot: Chatbot) => {
    // The status and its time have columns of their own.
    const read = () => why({ ...chatbot, since: chatbot.statusSince }, now, language).slice(1);
    if (!reasons.has(chatbot)) reasons.set(chatbot, read().join(' '));
    return reasons.get(chatbot);
  };
  return (
    <Table
      caption={caption}
      rows={chatbots}
      keyOf={(chatbot) => chatbot.name}
      look="dense chatbots"
      columns={[
        { head: texts.name, cell: ({ name }) => <Link href={`/chatbots/${name}`}>{name}</Link> },
        { head: texts.status, cell: ({ status }) => <StatusMark status={status} /> },
        { head: texts.since, cell: ({ statusSince }) => <Elapsed since={statusSince} now={now} /> },
        { head: texts.institution, cell: ({ institution }) => institution },
        { head: texts.type, cell: ({ type }) => typeWord(type, language) },
        { head: texts.reason, cell: reason },
      ]}
    />
  );
}
