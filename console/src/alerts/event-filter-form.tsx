//! The filter of a list of events. It applies at once.

import { FilterChoice } from '../elements/filter-choice.tsx';
import { SpanFields } from '../elements/span-fields.tsx';
import { useTexts } from '../language/language.tsx';
import type { EventFilter } from './event-filter.ts';
import { EVENT_WORDS, type EventType } from './event-words.ts';

interface Props {
  /** The label of the choice of a type. */
  label: string;
  /** The types that can be chosen. */
  types: readonly EventType[];
  filter: EventFilter;
  onChange: (changed: Partial<EventFilter>) => void;
}

export function EventFilterForm({ label, types, filter: { kind, from, to }, onChange }: Props) {
  const words = useTexts(EVENT_WORDS).types;
  return (
    <search>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <FilterChoice
          label={label}
          value={kind}
          options={types.map((type) => [type, words[type]])}
          onChange={(chosen) => onChange({ kind: chosen as EventType | '' })}
        />
        <SpanFields from={from} to={to} onChange={onChange} />
      </form>
    </search>
  );
}
