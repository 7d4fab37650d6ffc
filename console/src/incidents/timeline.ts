//! Entries of a timeline in words.

import { eventText } from '../alerts/event-text.ts';
import { EVENT_WORDS, type Event } from '../alerts/event-words.ts';
import { WORDS } from '../alerts/words.ts';
import type { Schemas } from '../api/client.ts';
import { catalogue, type Language } from '../language/language.tsx';
import { actionWord, attempt, resolvedByWord, stateWord } from './words.ts';

export type Entry = Schemas['TimelineEntry'];
export type Note = Schemas['TriageNote'];
type Told = NonNullable<Entry['status']>;

interface Texts {
  type: Record<Entry['type'], (of: Entry, now: Date, language: Language) => string>;
  by: Record<Entry['by']['kind'], string>;
  told: Record<Told, string>;
  condition: Record<Note['condition']['status'], string>;
  probes: (failed: number) => string;
  suggestion: (action: string, helped: number, tried: number) => string;
}

const TEXTS = catalogue<Texts>({
  et: {
    type: {
      event: eventOf,
      probe: ({ healthy, fault }) =>
        healthy
          ? 'Proovipäring: vestlusrobot vastas nõuetekohaselt.'
          : `Proovipäring ebaõnnestus${fault === undefined ? '.' : `: ${fault}`}`,
      state: (entry, _, language) => stateOf('Olek', entry, language),
      'late-acknowledgement': () => 'Võeti teadmiseks pärast lõppu: see ei muutnud midagi.',
      assigned: ({ assigned, assignee }) => {
        if (assigned === false) return 'Intsident ei ole enam kellelegi määratud.';
        return assignee === undefined ? 'Määrati tegelejale.' : `Määrati tegelejale: ${assignee}`;
      },
      note: ({ text }) => text ?? '',
      triage: () => 'Olukorra kokkuvõte',
      told: (entry) =>
        `Teavitati: ${entry.institution ?? 'keskus'} (${channelOf(entry, 'et')}). Teade: ${toldOf(entry, 'et')}.`,
      action: (entry, _, language) => actionOf(entry, language),
      merged: () => 'Liideti teise intsidendiga.',
      grown: ({ members = 0 }) => `Liitunud intsidente: ${members}.`,
      split: () => 'Eraldati teisest intsidendist.',
    },
    by: { system: 'CentOps', staff: 'Keskuse töötaja', owner: 'Omanik' },
    told: { online: 'taas võrgus', offline: 'võrgust väljas', flapping: 'käib võrgus ja väljas' },
    condition: { down: 'võrgust väljas', up: 'võrgus', removed: 'eemaldatud' },
    probes: (failed) => `Ebaõnnestunud proovipäringuid: ${failed}.`,
    suggestion: (action, helped, tried) =>
      `Sarnastes intsidentides aitas: ${action} (${helped} korral ${tried}\u2011st).`,
  },
  en: {
    type: {
      event: eventOf,
      probe: ({ healthy, fault }) =>
        healthy
          ? 'Probe: the chatbot answered as it should.'
          : `Probe failed${fault === undefined ? '.' : `: ${fault}`}`,
      state: (entry, _, language) => stateOf('State', entry, language),
      'late-acknowledgement': () => 'Acknowledged after the end: this changed nothing.',
      assigned: ({ assigned, assignee }) => {
        if (assigned === false) return 'The incident is assigned to nobody any more.';
        return assignee === undefined ? 'Assigned to a person.' : `Assigned to: ${assignee}`;
      },
      note: ({ text }) => text ?? '',
      triage: () => 'Summary of the situation',
      told: (entry) =>
        `Notified: ${entry.institution ?? 'operations centre'} (${channelOf(entry, 'en')}). Message: ${toldOf(entry, 'en')}.`,
      action: (entry, _, language) => actionOf(entry, language),
      merged: () => 'Merged into another incident.',
      grown: ({ members = 0 }) => `Incidents that became members so far: ${members}.`,
      split: () => 'Split from another incident.',
    },
    by: { system: 'CentOps', staff: 'Staff', owner: 'Owner' },
    told: { online: 'online again', offline: 'offline', flapping: 'goes up and down' },
    condition: { down: 'offline', up: 'online', removed: 'removed' },
    probes: (failed) => `Failed probes: ${failed}.`,
    suggestion: (action, helped, tried) =>
      `In similar incidents this helped: ${action} (${helped} of ${tried} tries).`,
  },
});

function eventOf({ event }: Entry, now: Date, language: Language): string {
  if (event === undefined) return '';
  // The generated type of the entry leaves `type` out of the event, which the API always sends.
  const known = event as Event;
  return `${EVENT_WORDS[language].types[known.type]}. ${eventText(known, now, language)}`.trim();
}

function stateOf(label: string, { state, resolvedBy }: Entry, language: Language): string {
  const word = state === undefined ? '' : stateWord(state, language).toLowerCase();
  const by = resolvedBy === undefined ? '' : ` (${resolvedByWord(resolvedBy, language)})`;
  return `${label}: ${word}${by}.`;
}

function channelOf({ channel }: Entry, language: Language): string {
  return channel === undefined ? '' : WORDS[language].channels[channel].name;
}

function toldOf({ status }: Entry, language: Language): string {
  return status === undefined ? '' : TEXTS[language].told[status];
}

function actionOf({ action, helped = false }: Entry, language: Language): string {
  return action === undefined ? '' : attempt(action, helped, language);
}

/** Returns an entry in words. The text of a note is as it was written. */
export function entryWords(entry: Entry, now: Date, language: Language): string {
  return TEXTS[language].type[entry.type](entry, now, language);
}

/** Returns who wrote an entry: the person if the API names one. */
export function author(entry: Entry, language: Language): string {
  return entry.by.subject ?? TEXTS[language].by[entry.by.kind];
}

/** Returns whether the chatbot is offline, as a triage note has it. */
export function conditionWord(status: Note['condition']['status'], language: Language): string {
  return TEXTS[language].condition[status];
}

/** Returns the sentences of a triage note about probes and the suggested action. */
export function noteWords({ probes, suggestion }: Note, language: Language): string[] {
  const texts = TEXTS[language];
  const sentences = probes === undefined ? [] : [texts.probes(probes.failed)];
  if (suggestion !== undefined) {
    const action = actionWord(suggestion.action, language).toLowerCase();
    sentences.push(texts.suggestion(action, suggestion.helped, suggestion.tried));
  }
  return sentences;
}
