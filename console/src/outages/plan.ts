//! A plan as the fields of a form have it, and as the API has it.

import type { Schemas } from '../api/client.ts';
import { checked } from '../elements/checks.tsx';
import type { Entries } from '../elements/form.tsx';
import { type MonthDay, type Nth, type Rule, WEEKDAYS, type Weekday } from './recurrence.ts';
import { DEFAULT_ZONE } from './zone.ts';

export type Outage = Schemas['PlannedOutage'];
export type Change = Schemas['PlannedOutageChange'];

/** The names of the fields. Those of values in the body are the paths of them. */
export const FIELDS = {
  institution: 'institution',
  /** `all` or `chosen`. */
  scope: 'scope',
  /** Each chosen chatbot is an entry: `chatbots/tax`. */
  chatbots: 'chatbots',
  reason: 'reason',
  takeOut: 'takeOut',
  start: 'rule/start',
  zone: 'rule/zone',
  minutes: 'rule/minutes',
  /** `once`, `weekly` or `monthly`. */
  repeat: 'repeat',
  weeks: 'rule/repeat/weekly/every',
  /** Each chosen weekday is an entry. */
  weekdays: 'rule/repeat/weekly/weekdays',
  months: 'rule/repeat/monthly/every',
  /** `day`, `last` or `weekday`. */
  on: 'on',
  day: 'rule/repeat/monthly/on/day',
  nth: 'rule/repeat/monthly/on/weekday/nth',
  nthWeekday: 'rule/repeat/monthly/on/weekday/weekday',
  exceptions: 'rule/exceptions',
  until: 'rule/until',
} as const;

/** The entries of a new plan. */
export const NEW_PLAN: Entries = {
  [FIELDS.scope]: 'all',
  [FIELDS.zone]: DEFAULT_ZONE,
  [FIELDS.minutes]: '60',
  [FIELDS.repeat]: 'once',
};

/** Returns the rule of the entries; none while its start or its length is missing. */
export function ruleOf(entries: Entries): Rule | undefined {
  const start = entries[FIELDS.start];
  const minutes = Number(entries[FIELDS.minutes]);
  if (start === undefined || !Number.isInteger(minutes) || minutes < 1) return undefined;
  const exceptions = (entries[FIELDS.exceptions] ?? '')
    .split(/[\s,;]+/)
    .filter((day) => day !== '');
  const until = entries[FIELDS.until];
  const repeat = repeatOf(entries, start);
  return {
    start: start.slice(0, 16),
    zone: entries[FIELDS.zone] ?? DEFAULT_ZONE,
    minutes,
    ...(repeat !== 'once' && { repeat }),
    ...(repeat !== 'once' && exceptions.length > 0 && { exceptions: exceptions.sort() }),
    ...(repeat !== 'once' && until !== undefined && { until }),
  };
}

/** Returns the repetition. Days that are not chosen are those of the first start. */
function repeatOf(entries: Entries, start: string): Schemas['OutageRepeat'] {
  switch (entries[FIELDS.repeat]) {
    case 'weekly': {
      const chosen = checked(entries, FIELDS.weekdays, WEEKDAYS);
      const weekdays = chosen.length > 0 ? chosen : [weekdayOf(start)];
      return { weekly: { every: Number(entries[FIELDS.weeks] ?? 1), weekdays } };
    }
    case 'monthly':
      return { monthly: { every: Number(entries[FIELDS.months] ?? 1), on: onOf(entries, start) } };
    default:
      return 'once';
  }
}

function onOf(entries: Entries, start: string): MonthDay {
  switch (entries[FIELDS.on]) {
    case 'last':
      return 'last';
    case 'weekday':
      return {
        weekday: {
          nth: (entries[FIELDS.nth] ?? 'first') as Nth,
          weekday: (entries[FIELDS.nthWeekday] ?? 'monday') as Weekday,
        },
      };
    default:
      return { day: Number(entries[FIELDS.day] ?? start.slice(8, 10)) };
  }
}

function weekdayOf(start: string): Weekday {
  const day = new Date(`${start.slice(0, 10)}T00:00Z`).getUTCDay();
  return WEEKDAYS[(day + 6) % 7] ?? 'monday';
}

/** Returns the entries of a planned outage: those of which [`ruleOf`] is its rule. */
export function entriesOf({ chatbots, institution, reason, rule, takeOut }: Outage): Entries {
  const { exceptions = [], minutes, repeat = 'once', start, until, zone = DEFAULT_ZONE } = rule;
  return {
    [FIELDS.institution]: institution,
    [FIELDS.scope]: chatbots === undefined ? 'all' : 'chosen',
    ...checks(FIELDS.chatbots, chatbots ?? []),
    [FIELDS.reason]: reason,
    ...(takeOut && { [FIELDS.takeOut]: 'true' }),
    [FIELDS.start]: start.slice(0, 16),
    [FIELDS.zone]: zone,
    [FIELDS.minutes]: String(minutes),
    ...repeatEntries(repeat),
    ...(exceptions.length > 0 && { [FIELDS.exceptions]: exceptions.join(' ') }),
    ...(until !== undefined && { [FIELDS.until]: until }),
  };
}

function repeatEntries(repeat: Schemas['OutageRepeat']): Entries {
  if (repeat === 'once') return { [FIELDS.repeat]: 'once' };
  if ('weekly' in repeat) {
    const { every, weekdays } = repeat.weekly;
    return {
      [FIELDS.repeat]: 'weekly',
      [FIELDS.weeks]: String(every),
      ...checks(FIELDS.weekdays, weekdays),
    };
  }
  const { every, on } = repeat.monthly;
  const common = { [FIELDS.repeat]: 'monthly', [FIELDS.months]: String(every) };
  if (on === 'last') return { ...common, [FIELDS.on]: 'last' };
  if ('day' in on) return { ...common, [FIELDS.on]: 'day', [FIELDS.day]: String(on.day) };
  const { nth, weekday } = on.weekday;
  return { ...common, [FIELDS.on]: 'weekday', [FIELDS.nth]: nth, [FIELDS.nthWeekday]: weekday };
}

/** Returns the entries of a field of which `keys` are checked. */
function checks(name: string, keys: string[]): Entries {
  return Object.fromEntries(keys.map((key) => [`${name}/${key}`, 'on']));
}

/** Returns the keys that are checked in the field `name`, sorted. */
export function chosenOf(entries: Entries, name: string): string[] {
  const prefix = `${name}/`;
  const fields = Object.keys(entries).filter((field) => field.startsWith(prefix));
  return fields.map((field) => field.slice(prefix.length)).sort();
}

/** Returns the request of a new planned outage; none while its rule is incomplete. */
export function requestOf(entries: Entries): Schemas['NewPlannedOutage'] | undefined {
  const rule = ruleOf(entries);
  if (rule === undefined) return undefined;
  const isChosen = entries[FIELDS.scope] === 'chosen';
  return {
    institution: entries[FIELDS.institution] ?? '',
    ...(isChosen && { chatbots: chosenOf(entries, FIELDS.chatbots) }),
    rule,
    reason: entries[FIELDS.reason] ?? '',
    takeOut: entries[FIELDS.takeOut] !== undefined,
  };
}

/** Returns what changed entries change of `outage`; none if that is nothing. An empty entry is one that is gone. */
export function changeBy(outage: Outage, changes: Entries): Change | undefined {
  const all = Object.entries({ ...entriesOf(outage), ...changes });
  return changeOf(outage, Object.fromEntries(all.filter(([, text]) => text !== '')));
}

/** Returns what the entries change of `outage`; none if they change nothing. */
export function changeOf(outage: Outage, entries: Entries): Change | undefined {
  const [was, is] = [requestOf(entriesOf(outage)), requestOf(entries)];
  if (was === undefined || is === undefined) return undefined;
  const differs = (field: keyof typeof is) =>
    JSON.stringify(was[field]) !== JSON.stringify(is[field]);
  const change: Change = {
    ...(differs('rule') && { rule: is.rule }),
    ...(differs('reason') && { reason: is.reason }),
    ...(differs('chatbots') && { chatbots: is.chatbots ?? 'all' }),
    ...(differs('takeOut') && { takeOut: is.takeOut }),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}
