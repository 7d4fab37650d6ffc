//! Words for incidents: states, causes, actions, and the common cause with its numbers.

import type { Schemas } from '../api/client.ts';
import { duration, list, moment } from '../language/format.ts';
import { catalogue, type Language } from '../language/language.tsx';

export type Incident = Schemas['Incident'];
type Family = NonNullable<Incident['family']>;
type NetworkCause = Schemas['NetworkCause'];
type ResolvedBy = NonNullable<Incident['resolved']>['by'];
type Shared = Schemas['SharedProperty'];

interface Texts {
  state: Record<Incident['state'], string>;
  kind: Record<Incident['kind'], string>;
  status: Record<Incident['status'], string>;
  family: Record<Family, string>;
  action: Record<Schemas['Action'], string>;
  helped: Record<'true' | 'false', string>;
  resolvedBy: Record<ResolvedBy, string>;
  shared: Record<Shared['kind'], (of: Shared, language: Language) => string>;
  types: Record<Schemas['ChatbotType'], string>;
  affected: (affected: number, population: number) => string;
  others: (affected: number, others: number) => string;
  reported: (since: string) => string;
  also: (properties: string) => string;
  joined: (members: number) => string;
  network: (property: string) => string;
  removed: string;
}

const TEXTS = catalogue<Texts>({
  et: {
    state: {
      suspected: 'Kahtlustatud',
      transient: 'Lühiajaline',
      open: 'Avatud',
      acknowledged: 'Teadmiseks võetud',
      resolved: 'Lahendatud',
      dismissed: 'Kõrvale jäetud',
      merged: 'Liidetud',
    },
    kind: { chatbot: 'Vestlusroboti intsident', network: 'Võrguintsident' },
    status: { offline: 'Võrgust väljas', online: 'Võrgus', removed: 'Eemaldatud' },
    family: {
      errors: 'vastab veaga',
      unreachable: 'ei vasta',
      slow: 'vastab liiga aeglaselt',
      log: 'vead enda logis',
    },
    action: {
      none: 'Lõppes iseenesest',
      restarted: 'Taaskäivitati',
      'rolled-back': 'Taastati eelmine versioon',
      updated: 'Uuendati',
      certificate: 'Vahetati sertifikaat',
      dns: 'Parandati DNS-kirje',
      host: 'Parandati server',
      dmr: 'Parandati DMR',
      configuration: 'Parandati seadistus',
      other: 'Muu',
    },
    helped: { true: 'Aitas', false: 'Ei aidanud' },
    resolvedBy: {
      itself: 'lahenes iseenesest',
      person: 'lahendas inimene',
      removal: 'vestlusrobot eemaldati',
    },
    shared: {
      dmr: ({ dmr }) => `DMR ${dmr}, mis ainsana nende vigu näeb`,
      host: ({ host }) => `server ${host}`,
      version: ({ component, version }) => `komponendi ${component} versioon ${version}`,
      institution: ({ institution }) => `asutus ${institution}`,
      everything: ({ types }, language) => `kogu võrk: lagi on täis (${typesOf(types, language)})`,
    },
    types: { ministry: 'ministeeriumid', institution: 'asutused' },
    affected: (affected, population) =>
      `Sama tunnusega vestlusrobotitest tõrkus ${affected} (kokku ${population}).`,
    others: (affected, others) => `Ülejäänutest tõrkus ${affected} (kokku ${others}).`,
    reported: (since) => `Versioonist teatati esimest korda ${since}.`,
    also: (properties) => `Täpselt samu vestlusroboteid ühendab ka ${properties}.`,
    joined: (members) => `Võrguintsidendiga liitunud intsidente: ${members}.`,
    network: (property) => `Ühine põhjus: ${property}`,
    removed: 'Vestlusrobot ei tulnud pärast käsitsi oleku lõppu võrku tagasi.',
  },
  en: {
    state: {
      suspected: 'Suspected',
      transient: 'Transient',
      open: 'Open',
      acknowledged: 'Acknowledged',
      resolved: 'Resolved',
      dismissed: 'Dismissed',
      merged: 'Merged',
    },
    kind: { chatbot: 'Incident of a chatbot', network: 'Network incident' },
    status: { offline: 'Offline', online: 'Online', removed: 'Removed' },
    family: {
      errors: 'answers with errors',
      unreachable: 'does not answer',
      slow: 'answers too slowly',
      log: 'errors in its own log',
    },
    action: {
      none: 'Ended by itself',
      restarted: 'Restarted',
      'rolled-back': 'Rolled back to the version before',
      updated: 'Updated',
      certificate: 'Replaced the certificate',
      dns: 'Corrected the DNS record',
      host: 'Repaired the host',
      dmr: 'Repaired the DMR',
      configuration: 'Corrected the configuration',
      other: 'Other',
    },
    helped: { true: 'It helped', false: 'It did not help' },
    resolvedBy: {
      itself: 'resolved by itself',
      person: 'resolved by a person',
      removal: 'the chatbot was removed',
    },
    shared: {
      dmr: ({ dmr }) => `DMR ${dmr}, the only one that sees them fail`,
      host: ({ host }) => `host ${host}`,
      version: ({ component, version }) => `version ${version} of ${component}`,
      institution: ({ institution }) => `institution ${institution}`,
      everything: ({ types }, language) =>
        `the whole network: the cap is reached (${typesOf(types, language)})`,
    },
    types: { ministry: 'ministries', institution: 'institutions' },
    affected: (affected, population) =>
      `${affected} of ${population} chatbots that have it in common failed.`,
    others: (affected, others) => `${affected} of ${others} other chatbots failed.`,
    reported: (since) => `The version was reported first at ${since}.`,
    also: (properties) => `Exactly the same chatbots also share ${properties}.`,
    joined: (members) => `Incidents that became members: ${members}.`,
    network: (property) => `Common cause: ${property}`,
    removed: 'The chatbot did not come back when its override ended.',
  },
});

function typesOf(types: Shared['types'], language: Language): string {
  return list(
    (types ?? []).map((type) => TEXTS[language].types[type]),
    language,
  );
}

export const stateWord = (state: Incident['state'], language: Language) =>
  TEXTS[language].state[state];

export const kindWord = (kind: Incident['kind'], language: Language) => TEXTS[language].kind[kind];

export const incidentStatusWord = (status: Incident['status'], language: Language) =>
  TEXTS[language].status[status];

export const familyWord = (family: Family, language: Language) => TEXTS[language].family[family];

export const actionWord = (action: Schemas['Action'], language: Language) =>
  TEXTS[language].action[action];

export const resolvedByWord = (by: ResolvedBy, language: Language) =>
  TEXTS[language].resolvedBy[by];

/** Returns each action with its text, for a choice. */
export function actionOptions(language: Language): [string, string][] {
  return Object.entries(TEXTS[language].action);
}

/** Returns both answers to whether an action helped, for a choice. */
export function helpedOptions(language: Language): [string, string][] {
  return Object.entries(TEXTS[language].helped);
}

/** Returns what was done and whether it helped: "Restarted. It helped." */
export function attempt(action: Schemas['Action'], helped: boolean, language: Language): string {
  return `${actionWord(action, language)}. ${TEXTS[language].helped[helped ? 'true' : 'false']}.`;
}

/** Returns the property that chatbots share. */
export function sharedWords(shared: Shared, language: Language): string {
  return TEXTS[language].shared[shared.kind](shared, language);
}

/** Returns what the incident is about: its chatbot, or its common cause. */
export function subject(incident: Pick<Incident, 'chatbot' | 'commonCause'>, language: Language) {
  if (incident.chatbot !== undefined) return incident.chatbot;
  if (incident.commonCause === undefined) return kindWord('network', language);
  return TEXTS[language].network(sharedWords(incident.commonCause.shared, language));
}

/** Returns the sentence for an incident without a cause. */
export function withoutCause(language: Language): string {
  return TEXTS[language].removed;
}

/** Returns the sentences about a likely common cause, with the numbers that support it. */
export function commonCause(cause: NetworkCause, now: Date, language: Language): string[] {
  const texts = TEXTS[language];
  const also = (cause.also ?? []).map((one) => sharedWords(one, language));
  return [
    texts.affected(cause.affected, cause.population),
    ...(cause.others > 0 ? [texts.others(cause.othersAffected, cause.others)] : []),
    ...(cause.reportedSince === undefined
      ? []
      : [texts.reported(moment(new Date(cause.reportedSince), now, language))]),
    ...(also.length > 0 ? [texts.also(list(also, language))] : []),
    texts.joined(cause.members),
  ];
}

/** Returns whether nobody works on the incident any more: it is resolved, dismissed, or was transient. */
export function isOver({ state }: Pick<Incident, 'state'>): boolean {
  return state === 'resolved' || state === 'dismissed' || state === 'transient';
}

/** Returns how long the outage lasted, or has lasted until `now`. */
export function lasted(incident: Incident, now: Date, language: Language): string {
  const back = incident.status === 'offline' ? undefined : incident.statusSince;
  const end = incident.resolved?.at ?? back;
  const until = end === undefined ? now.getTime() : new Date(end).getTime();
  return duration((until - new Date(incident.began).getTime()) / 1000, language);
}
