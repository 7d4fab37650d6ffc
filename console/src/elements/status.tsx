//! The status of a chatbot: an icon, a word and a colour, each enough by itself.

import type { Schemas } from '../api/client.ts';
import { statusWord } from '../health/why.ts';
import { useLanguage } from '../language/language.tsx';

type Status = Schemas['Status'];

/** The outlines differ as much as the colours: a disc with a tick, a square with a cross, a ring. */
const SHAPES: Record<Status, string> = {
  Online: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm-1 9.6 4.7-4.7-1.1-1.1L7 8.4 5.4 6.8 4.3 7.9Z',
  Offline:
    'M1.5 1.5h13v13h-13Zm3.4 2.3L3.8 4.9 6.9 8l-3.1 3.1 1.1 1.1L8 9.1l3.1 3.1 1.1-1.1L9.1 8l3.1-3.1-1.1-1.1L8 6.9Z',
  Unknown: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 2a5 5 0 1 0 0 10A5 5 0 0 0 8 3Z',
};

export function StatusMark({ status }: { status: Status }) {
  const { language } = useLanguage();
  return (
    <span class={`status status-${status.toLowerCase()}`}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path fill-rule="evenodd" d={SHAPES[status]} />
      </svg>
      {statusWord(status, language)}
    </span>
  );
}
