//! A span of time in a filter: from a time on, and before another one. Each may be empty.

import { catalogue, useTexts } from '../language/language.tsx';
import { instant, localTime } from './local-time.ts';

const TEXTS = catalogue({
  et: { from: 'Alates', to: 'Kuni' },
  en: { from: 'From', to: 'Until' },
});

interface Props {
  /** The times (RFC 3339); empty for none. */
  from: string;
  to: string;
  onChange: (changed: { from?: string; to?: string }) => void;
}

export function SpanFields({ from, to, onChange }: Props) {
  const texts = useTexts(TEXTS);
  return (
    <>
      <label>
        {texts.from}
        <input
          type="datetime-local"
          value={localTime(from)}
          onChange={(event) => onChange({ from: instant(event.currentTarget.value) ?? '' })}
        />
      </label>
      <label>
        {texts.to}
        <input
          type="datetime-local"
          value={localTime(to)}
          onChange={(event) => onChange({ to: instant(event.currentTarget.value) ?? '' })}
        />
      </label>
    </>
  );
}
