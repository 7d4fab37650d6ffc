//! What changes while a page of chatbots is open, for people who do not see it.

import { useEffect, useRef, useState } from 'preact/hooks';
import { useLanguage } from '../language/language.tsx';
import { Announcer, announcement, type Changes } from './changes.ts';
import type { Chatbot } from './data.ts';

interface Spoken {
  changes: Changes;
  /** Another one for each announcement: one of the same words is a new element, so that it is read out again. */
  count: number;
}

/** Announces chatbots that went offline or came back. `all` is undefined until all were read. */
export function Announcement({ all }: { all: Chatbot[] | undefined }) {
  const { language } = useLanguage();
  const [spoken, setSpoken] = useState<Spoken>();
  const announcer = useRef<Announcer | undefined>(undefined);
  announcer.current ??= new Announcer((changes) =>
    setSpoken((before) => ({ changes, count: (before?.count ?? 0) + 1 })),
  );
  useEffect(() => {
    if (all !== undefined) announcer.current?.read(all);
  }, [all]);
  useEffect(() => () => announcer.current?.stop(), []);
  return (
    <div class="hidden" role="status">
      {spoken !== undefined && <p key={spoken.count}>{announcement(spoken.changes, language)}</p>}
    </div>
  );
}
