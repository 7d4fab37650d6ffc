//! The filter of the audit trail. It applies when it is sent: a person's name is typed letter by letter.

import { useState } from 'preact/hooks';
import { SpanFields } from '../elements/span-fields.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import type { AuditFilter } from './filter.ts';

const TEXTS = catalogue({
  et: { chatbot: 'Vestlusrobot', person: 'Inimene (isiku tunnus)', search: 'Otsi' },
  en: { chatbot: 'Chatbot', person: 'Person (subject of the token)', search: 'Search' },
});

interface Props {
  filter: AuditFilter;
  onChange: (filter: AuditFilter) => void;
}

export function FilterForm({ filter, onChange }: Props) {
  const texts = useTexts(TEXTS);
  const [next, setNext] = useState(filter);
  return (
    <search>
      <form
        class="filter"
        onSubmit={(event) => {
          event.preventDefault();
          onChange({ ...next, chatbot: next.chatbot.trim(), person: next.person.trim() });
        }}
      >
        <label>
          {texts.chatbot}
          <input
            type="search"
            value={next.chatbot}
            pattern="\s*[a-z0-9\-]{2,64}\s*"
            onInput={(event) => setNext({ ...next, chatbot: event.currentTarget.value })}
          />
        </label>
        <label>
          {texts.person}
          <input
            type="search"
            value={next.person}
            maxLength={255}
            onInput={(event) => setNext({ ...next, person: event.currentTarget.value })}
          />
        </label>
        <SpanFields
          from={next.from}
          to={next.to}
          onChange={(span) => setNext({ ...next, ...span })}
        />
        <button type="submit">{texts.search}</button>
      </form>
    </search>
  );
}
