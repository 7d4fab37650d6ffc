import { expect, test } from 'vitest';
import type { Schemas } from '../api/client.ts';
import type { Language } from '../language/language.tsx';
import { type Facts, why } from './why.ts';

const NOW = new Date('2026-11-27T09:26:00');
const SINCE = '2026-11-27T09:12:00';

const CAUSES: (Schemas['Cause'] | undefined)[] = [
  undefined,
  { kind: 'enrolled' },
  ...(['failure-rate', 'slow-rate', 'fast'] as const).map((detector) => ({
    kind: 'failing' as const,
    witnesses: [
      { observer: 'dmr:tallinn', detector, total: 20, failed: 13, slow: 17, score: 0, recent: [] },
      { observer: 'chatbot', detector, total: 26, failed: 26, slow: 0, score: 0, recent: [] },
    ],
  })),
  { kind: 'unanswered' },
  ...(['silence', 'disagreement', 'own-log'] as const).map((checkReason) => ({
    kind: 'unanswered' as const,
    checkReason,
  })),
  { kind: 'forced', reason: 'New server' },
];
const HELD = [undefined, 'cap', 'dry-run'] as const;
const MODES = [undefined, 'force-online', 'force-offline', 'hold'] as const;
const CHECKS = [undefined, 'silence', 'disagreement', 'own-log'] as const;

/** Returns every combination of the facts that sentences are made of. */
function everything(): Facts[] {
  return CAUSES.flatMap((cause) =>
    HELD.flatMap((held) =>
      MODES.flatMap((mode) =>
        CHECKS.map((check) => ({
          status: 'Offline' as const,
          since: SINCE,
          ...(cause && { cause }),
          ...(held && { held }),
          ...(mode && { control: { mode, reason: 'Server room moves', since: SINCE } }),
          ...(check && { check: { reason: check, due: SINCE } }),
        })),
      ),
    ),
  );
}

test('offline chatbot says since when, who saw it, and what happens next', () => {
  const facts: Facts = {
    status: 'Offline',
    circuit: 'open',
    since: SINCE,
    nextProbe: '2026-11-27T09:27:00',
    ...(CAUSES[4] && { cause: CAUSES[4] }),
  };
  expect(why(facts, NOW, 'en').join(' ')).toBe(
    'Offline since 09:12 (14 mins). 2 observers saw failures. ' +
      'tallinn: 13 of 20 requests failed in a row. The chatbot itself: 26 errors. Next probe at 09:27.',
  );
});

test.each<Language>(['et', 'en'])(
  'every combination of facts has its own complete text in %s',
  (language) => {
    const texts = everything().map((facts) => why(facts, NOW, language).join(' '));
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of texts) expect(text).not.toMatch(/undefined|NaN|\[object/);
  },
);

test('no text of one language is in the other', () => {
  for (const facts of everything()) {
    const [et, en] = [why(facts, NOW, 'et'), why(facts, NOW, 'en')];
    expect(et.length).toBe(en.length);
    expect(et.filter((sentence) => en.includes(sentence))).toEqual([]);
  }
});
