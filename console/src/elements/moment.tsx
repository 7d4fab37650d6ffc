//! Times on the page.

import { useEffect, useState } from 'preact/hooks';
import { duration, moment } from '../language/format.ts';
import { useLanguage } from '../language/language.tsx';

/** Returns the present time, anew each `seconds`. */
export function useNow(seconds = 10): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}

/** A time in the zone of the browser, with the time in UTC as its title; to the second if it is exact. */
export function Moment({ at, isExact = false }: { at: string; isExact?: boolean }) {
  const { language } = useLanguage();
  const date = new Date(at);
  return (
    <time dateTime={at} title={date.toISOString()}>
      {moment(date, new Date(), language, isExact)}
    </time>
  );
}

/** The time that passed since `at`, by its two largest units. */
export function Elapsed({ since, now }: { since: string; now: Date }) {
  const { language } = useLanguage();
  const seconds = (now.getTime() - new Date(since).getTime()) / 1000;
  return (
    <time dateTime={since} title={new Date(since).toISOString()}>
      {duration(seconds, language)}
    </time>
  );
}
