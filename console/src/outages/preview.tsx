//! When a plan takes place, before it is sent.

import type { Entries } from '../elements/form.tsx';
import { useNow } from '../elements/moment.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { ruleOf } from './plan.ts';
import { type Occurrence, occurrences, startsOnItsDay } from './recurrence.ts';
import { ruleWords } from './words.ts';
import { DEFAULT_ZONE, ownZone, period } from './zone.ts';

/** The occurrences that are shown. */
const SHOWN = 5;
/** The milliseconds before its start after which an owner's plan is not confirmed by itself. */
const NOTICE = 24 * 3_600_000;

const TEXTS = catalogue({
  et: {
    title: 'Järgmised korrad',
    incomplete: 'Valige algus ja kestus: siis on siin näha järgmised korrad.',
    none: 'Selle reegli järgi ei toimu katkestust enam kordagi.',
    otherDay: 'Algus ei ole reegli päeval: valige algus, mis langeb reegli päevale.',
    skipped: 'kellad keeratakse sel ajal edasi, seepärast algab hiljem',
    repeated: 'kell näitab seda aega kaks korda, algab esimesel korral',
    own: (time: string) => `teie kella järgi ${time}`,
    late: 'Alguseni on vähem kui 24 tundi: administraator või operaator peab katkestuse kinnitama. Käideldavuse arvutuses seda aega välja ei jäeta.',
    lateStaff: 'Alguseni on vähem kui 24 tundi: käideldavuse arvutuses seda aega välja ei jäeta.',
  },
  en: {
    title: 'Next times',
    incomplete: 'Choose a start and a length: the next times are shown here then.',
    none: 'By this rule the outage takes place no more.',
    otherDay: 'The start is not on a day of the rule: choose a start on such a day.',
    skipped: 'clocks skip this time, so it starts later',
    repeated: 'clocks show this time twice, and it starts at the first',
    own: (time: string) => `${time} by your clock`,
    late: 'The start is less than 24 hours ahead: an administrator or operator has to confirm the outage. Availability does not exclude it.',
    lateStaff: 'The start is less than 24 hours ahead: availability does not exclude it.',
  },
});

export function Preview({ entries }: { entries: Entries }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const now = useNow(60);
  const isStaff = useMay('admin', 'operator');
  const rule = ruleOf(entries);
  const next = rule === undefined ? [] : occurrences(rule, now, SHOWN);
  const isLate = next[0] !== undefined && next[0].start.getTime() - now.getTime() < NOTICE;
  return (
    <section class="card" aria-labelledby="preview">
      <h2 id="preview">{texts.title}</h2>
      {rule === undefined && <p>{texts.incomplete}</p>}
      {rule !== undefined && (
        <>
          <p>{ruleWords(rule, language)}</p>
          {!startsOnItsDay(rule) && <p class="warning">{texts.otherDay}</p>}
          {next.length === 0 && <p class="warning">{texts.none}</p>}
          <ol>
            {next.map((one) => (
              <li key={one.start.getTime()}>
                <Time occurrence={one} zone={rule.zone ?? DEFAULT_ZONE} />
              </li>
            ))}
          </ol>
          {isLate && <p class="warning">{isStaff ? texts.lateStaff : texts.late}</p>}
        </>
      )}
    </section>
  );
}

function Time({ occurrence, zone }: { occurrence: Occurrence; zone: string }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const { change, end, start } = occurrence;
  const own = ownZone();
  return (
    <>
      {period(start, end, zone, language)} ({zone})
      {own !== zone && `, ${texts.own(period(start, end, own, language))}`}
      {change !== undefined && `: ${texts[change]}`}
    </>
  );
}
