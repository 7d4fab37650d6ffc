//! The fields of a plan: what is done, which chatbots are out, and when.

import { ChecksField } from '../elements/checks.tsx';
import { CheckField, ChoiceField, type Entries, Field, TextField } from '../elements/form.tsx';
import { Loading } from '../elements/loading.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useChatbotNames } from './data.ts';
import { chosenOf, FIELDS } from './plan.ts';
import { nthOptions, weekdayOptions } from './words.ts';
import { DEFAULT_ZONE, zoneOptions } from './zone.ts';

const TEXTS = catalogue({
  et: {
    reason: 'Mida tehakse',
    chatbots: 'Vestlusrobotid',
    scopes: { all: 'Asutuse kõik, ka hiljem lisatavad', chosen: 'Valitud vestlusrobotid' },
    noChatbots: 'Asutusel ei ole ühtegi vestlusrobotit.',
    takeOut: 'Võta vestlusrobotid katkestuse ajaks võrgust välja',
    takeOutHint: 'Kodanike küsimused ei jõua siis vestlusrobotini, ka kui see vastab.',
    when: 'Millal',
    start: 'Algus kella järgi',
    startHint: 'Aeg, mida kell valitud vööndis näitab.',
    zone: 'Ajavöönd',
    minutes: 'Kestus minutites',
    minutesHint: '1–1440, tegelikke minuteid ka kellakeeramise ajal.',
    repeat: 'Kordumine',
    repeats: { once: 'Üks kord', weekly: 'Nädalapäevadel', monthly: 'Kuupäevadel' },
    weeks: 'Mitme nädala järel',
    weekdays: 'Nädalapäevad',
    weekdaysHint: 'Kui ühtegi ei ole valitud: alguse nädalapäev.',
    months: 'Mitme kuu järel',
    on: 'Kuu päev',
    ons: { day: 'Kuupäev', last: 'Kuu viimane päev', weekday: 'Nädalapäev' },
    day: 'Kuupäev (1–31)',
    dayHint: 'Tühi väli: alguse kuupäev. Lühemas kuus jääb kord ära.',
    nth: 'Mitmes',
    nthWeekday: 'Nädalapäev',
    until: 'Viimane päev',
    exceptions: 'Päevad, mil katkestust ei ole',
    exceptionsHint: 'Näiteks 2027-12-24 2027-12-31.',
  },
  en: {
    reason: 'What is done',
    chatbots: 'Chatbots',
    scopes: {
      all: 'All of the institution, also those enrolled later',
      chosen: 'Chosen chatbots',
    },
    noChatbots: 'The institution has no chatbot.',
    takeOut: 'Take the chatbots out of routing meanwhile',
    takeOutHint: 'Questions of people do not reach them then, whatever they answer.',
    when: 'When',
    start: 'Start by the clock',
    startHint: 'The time that clocks show in the chosen zone.',
    zone: 'Time zone',
    minutes: 'Length in minutes',
    minutesHint: '1–1440, exact minutes also when clocks change.',
    repeat: 'Repetition',
    repeats: { once: 'Once', weekly: 'On weekdays', monthly: 'On days of the month' },
    weeks: 'Every how many weeks',
    weekdays: 'Weekdays',
    weekdaysHint: 'If none is chosen: the weekday of the start.',
    months: 'Every how many months',
    on: 'Day of the month',
    ons: { day: 'A number', last: 'The last day', weekday: 'A weekday' },
    day: 'Number of the day (1–31)',
    dayHint: 'Empty: the day of the start. A shorter month is left out.',
    nth: 'Which',
    nthWeekday: 'Weekday',
    until: 'Last day',
    exceptions: 'Days without the outage',
    exceptionsHint: 'For example 2027-12-24 2027-12-31.',
  },
});

/** Returns the labels of the fields, of which there is one each. */
export function usePlanLabels(): Record<string, string> {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const weekdays = weekdayOptions(language).map(([day, word]) => [
    `${FIELDS.weekdays}/${day}`,
    word,
  ]);
  return {
    ...Object.fromEntries(weekdays),
    [FIELDS.reason]: texts.reason,
    [FIELDS.scope]: texts.chatbots,
    [FIELDS.takeOut]: texts.takeOut,
    [FIELDS.start]: texts.start,
    [FIELDS.zone]: texts.zone,
    [FIELDS.minutes]: texts.minutes,
    [FIELDS.repeat]: texts.repeat,
    [FIELDS.weeks]: texts.weeks,
    [FIELDS.months]: texts.months,
    [FIELDS.on]: texts.on,
    [FIELDS.day]: texts.day,
    [FIELDS.nth]: texts.nth,
    [FIELDS.nthWeekday]: texts.nthWeekday,
    [FIELDS.until]: texts.until,
    [FIELDS.exceptions]: texts.exceptions,
  };
}

interface Props {
  /** The values at the beginning. */
  initial: Entries;
  /** The present values. */
  entries: Entries;
}

export function PlanFields({ initial, entries }: Props) {
  const texts = useTexts(TEXTS);
  return (
    <>
      <TextField
        label={texts.reason}
        name={FIELDS.reason}
        value={initial[FIELDS.reason] ?? ''}
        maxLength={280}
        required
      />
      <ChoiceField
        label={texts.chatbots}
        name={FIELDS.scope}
        value={initial[FIELDS.scope] ?? 'all'}
        options={Object.entries(texts.scopes)}
      />
      {entries[FIELDS.scope] === 'chosen' && (
        <ChosenChatbots
          institution={entries[FIELDS.institution] ?? initial[FIELDS.institution] ?? ''}
          initial={initial}
        />
      )}
      <CheckField
        label={texts.takeOut}
        name={FIELDS.takeOut}
        hint={texts.takeOutHint}
        checked={initial[FIELDS.takeOut] !== undefined}
      />
      <RuleFields initial={initial} entries={entries} />
    </>
  );
}

function ChosenChatbots({ institution, initial }: { institution: string; initial: Entries }) {
  const texts = useTexts(TEXTS);
  const names = useChatbotNames(institution, true);
  // Those that are gone meanwhile stay until somebody leaves them out.
  const chosen = chosenOf(initial, FIELDS.chatbots);
  const all = [...new Set([...chosen, ...(names.data ?? [])])].sort();
  return (
    <>
      {names.error !== null && (
        <ProblemNotice error={names.error} onRetry={() => names.refetch()} />
      )}
      {names.isPending && <Loading rows={3} />}
      {names.data !== undefined && all.length === 0 && <p>{texts.noChatbots}</p>}
      {all.length > 0 && (
        <ChecksField
          label={texts.scopes.chosen}
          name={FIELDS.chatbots}
          values={chosen}
          options={all.map((name) => [name, name])}
        />
      )}
    </>
  );
}

function RuleFields({ initial, entries }: Props) {
  const texts = useTexts(TEXTS);
  const zone = initial[FIELDS.zone] ?? DEFAULT_ZONE;
  const repeat = entries[FIELDS.repeat];
  return (
    <fieldset>
      <legend>{texts.when}</legend>
      <Field
        label={texts.start}
        name={FIELDS.start}
        type="datetime-local"
        hint={texts.startHint}
        value={initial[FIELDS.start] ?? ''}
        required
      />
      <ChoiceField label={texts.zone} name={FIELDS.zone} value={zone} options={zoneOptions(zone)} />
      <Field
        label={texts.minutes}
        name={FIELDS.minutes}
        type="number"
        hint={texts.minutesHint}
        value={initial[FIELDS.minutes] ?? ''}
        min={1}
        max={1440}
        required
      />
      <ChoiceField
        label={texts.repeat}
        name={FIELDS.repeat}
        value={initial[FIELDS.repeat] ?? 'once'}
        options={Object.entries(texts.repeats)}
      />
      {repeat === 'weekly' && <WeeklyFields initial={initial} />}
      {repeat === 'monthly' && <MonthlyFields initial={initial} entries={entries} />}
      {(repeat === 'weekly' || repeat === 'monthly') && (
        <>
          <Field
            label={texts.until}
            name={FIELDS.until}
            type="date"
            value={initial[FIELDS.until] ?? ''}
          />
          <Field
            label={texts.exceptions}
            name={FIELDS.exceptions}
            hint={texts.exceptionsHint}
            value={initial[FIELDS.exceptions] ?? ''}
          />
        </>
      )}
    </fieldset>
  );
}

function WeeklyFields({ initial }: { initial: Entries }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  return (
    <>
      <Field
        label={texts.weeks}
        name={FIELDS.weeks}
        type="number"
        value={initial[FIELDS.weeks] ?? '1'}
        min={1}
        max={52}
      />
      <ChecksField
        label={texts.weekdays}
        name={FIELDS.weekdays}
        hint={texts.weekdaysHint}
        values={chosenOf(initial, FIELDS.weekdays)}
        options={weekdayOptions(language)}
      />
    </>
  );
}

function MonthlyFields({ initial, entries }: Props) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const on = entries[FIELDS.on] ?? initial[FIELDS.on] ?? 'day';
  return (
    <>
      <Field
        label={texts.months}
        name={FIELDS.months}
        type="number"
        value={initial[FIELDS.months] ?? '1'}
        min={1}
        max={52}
      />
      <ChoiceField
        label={texts.on}
        name={FIELDS.on}
        value={initial[FIELDS.on] ?? 'day'}
        options={Object.entries(texts.ons)}
      />
      {on === 'day' && (
        <Field
          label={texts.day}
          name={FIELDS.day}
          type="number"
          hint={texts.dayHint}
          value={initial[FIELDS.day] ?? ''}
          min={1}
          max={31}
        />
      )}
      {on === 'weekday' && (
        <>
          <ChoiceField
            label={texts.nth}
            name={FIELDS.nth}
            value={initial[FIELDS.nth] ?? 'first'}
            options={nthOptions(language)}
          />
          <ChoiceField
            label={texts.nthWeekday}
            name={FIELDS.nthWeekday}
            value={initial[FIELDS.nthWeekday] ?? 'monday'}
            options={weekdayOptions(language)}
          />
        </>
      )}
    </>
  );
}
