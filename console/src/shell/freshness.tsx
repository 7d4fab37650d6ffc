//! The age of what is shown. A page that stands still must not look like a network that is well.

import { useNow } from '../elements/moment.tsx';
import { catalogue, type Language, useLanguage, useTexts } from '../language/language.tsx';

/** The age in seconds from which on data are marked as old: two beats of 5 s with their jitter. */
export const OLD_AFTER = 13;

const TEXTS = catalogue({
  et: {
    asOf: (time: string) => `Seis kell ${time}`,
    old: (time: string) => `Vananenud: seis kell ${time}`,
  },
  en: {
    asOf: (time: string) => `As of ${time}`,
    old: (time: string) => `Out of date: as of ${time}`,
  },
});

function clock(at: number, language: Language): string {
  return new Date(at).toLocaleTimeString(language === 'et' ? 'et-EE' : 'en-GB');
}

interface Props {
  /** When the data were read in Unix milliseconds, or a function that knows it: it is asked each second. */
  readAt: number | (() => number);
  limit?: number;
}

/** Shows when the data were read, and from `limit` seconds on that they are old. */
export function Freshness({ readAt: given, limit = OLD_AFTER }: Props) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const now = useNow(1);
  const readAt = typeof given === 'number' ? given : given();
  if (readAt === 0) return null;
  const isOld = now.getTime() - readAt >= limit * 1000;
  const time = clock(readAt, language);
  return (
    <p class={isOld ? 'freshness freshness-old' : 'freshness'} role={isOld ? 'status' : undefined}>
      {isOld ? texts.old(time) : texts.asOf(time)}
    </p>
  );
}
