//! The end of a session: renewed while somebody works, announced two minutes before (WCAG 2.2.1).

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'preact/hooks';
import { api, dataOf } from '../api/client.ts';
import { useNow } from '../elements/moment.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import type { Session } from './session.tsx';

const MINUTE = 60_000;
/** The time between two renewals. */
const RENEW_EVERY = 5 * MINUTE;
/** The time before the end from which on it is announced. */
const WARN_BEFORE = 2 * MINUTE;

const TEXTS = catalogue({
  et: {
    ends: 'Seanss lõpeb kahe minuti jooksul.',
    stay: 'Jätka',
    last: 'Seanss kestab kuni kaheksa tundi. Salvestage oma töö ja logige uuesti sisse.',
  },
  en: {
    ends: 'The session ends within two minutes.',
    stay: 'Stay signed in',
    last: 'A session lasts eight hours at most. Save your work and sign in again.',
  },
});

/** Returns when the session ends in Unix milliseconds, and whether a renewal moves that; none without an end. */
export function endOf(session: Session): { at: number; isLast: boolean } | undefined {
  if (session.idleUntil === undefined || session.endsAt === undefined) return undefined;
  const [idle, last] = [Date.parse(session.idleUntil), Date.parse(session.endsAt)];
  return { at: Math.min(idle, last), isLast: last <= idle };
}

export function Ending({ session }: { session: Session }) {
  const texts = useTexts(TEXTS);
  const client = useQueryClient();
  const now = useNow(10).getTime();
  const usedAt = useRef(now);
  const renewedAt = useRef(now);
  const end = endOf(session);
  const renew = async () => {
    renewedAt.current = Date.now();
    // Whoever's session is over learns it from the next request.
    const renewed = await api.POST('/session/renewal').then(dataOf, () => undefined);
    if (renewed === undefined) await client.invalidateQueries({ queryKey: ['session'] });
    else client.setQueryData(['session'], renewed);
  };
  useEffect(() => {
    const use = () => {
      usedAt.current = Date.now();
    };
    const kinds = ['pointerdown', 'keydown'] as const;
    for (const kind of kinds) addEventListener(kind, use, { passive: true });
    return () => {
      for (const kind of kinds) removeEventListener(kind, use);
    };
  }, []);
  useEffect(() => {
    const isUsed = usedAt.current > renewedAt.current;
    if (end !== undefined && !end.isLast && isUsed && now - renewedAt.current >= RENEW_EVERY)
      renew();
  });
  if (end === undefined || end.at - now > WARN_BEFORE) return null;
  return (
    <div class="notice" role="alert">
      <p>{end.isLast ? texts.last : texts.ends}</p>
      {!end.isLast && (
        <button type="button" onClick={renew}>
          {texts.stay}
        </button>
      )}
    </div>
  );
}
