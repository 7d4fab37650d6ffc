//! Events in words: a name for each type, and a sentence with the data of each event.

import type { Schemas } from '../api/client.ts';
import { catalogue } from '../language/language.tsx';

export type Event = Schemas['Event'];
export type EventType = Schemas['EventType'];
type OutageChange = Schemas['PlannedOutageEvent']['change'];

interface Words {
  types: Record<EventType, string>;
  changes: Record<OutageChange, string>;
  chatbotTypes: Record<Schemas['ChatbotType'], string>;
  profiles: Record<Schemas['Profile'], string>;
  was: (status: string) => string;
  flapping: string;
  settled: (status: string) => string;
  moved: (uri: string) => string;
  transferred: (from: string, to: string) => string;
  held: (type: string) => string;
  lastSeen: (at: string) => string;
  ends: (profile: string, at: string, serial: string) => string;
  withdrawn: (reason: string) => string;
  applied: (chatbot: string) => string;
  outage: (start: string, end: string, reason: string) => string;
  affected: (affected: number, population: number) => string;
  everything: string;
  since: (at: string) => string;
}

export const EVENT_WORDS = catalogue<Words>({
  et: {
    types: {
      'chatbot-online': 'Vestlusrobot on võrgus',
      'chatbot-offline': 'Vestlusrobot on võrgust väljas',
      'chatbot-flapping': 'Vestlusrobot käib võrgus ja väljas',
      'chatbot-settled': 'Vestlusroboti olek on püsinud tunni',
      'chatbot-moved': 'Vestlusrobot kolis uuele aadressile',
      'chatbot-transferred': 'Vestlusrobot läks teisele asutusele',
      'chatbot-removed': 'Vestlusrobot eemaldati',
      'would-go-offline': 'Proovirežiim: vestlusrobot oleks välja võetud',
      'cap-reached': 'Lagi on täis',
      'cap-released': 'Lagi ei ole enam täis',
      'observer-outlier': 'Vaatleja näeb vigu ainsana',
      'observer-silent': 'Vaatleja ei teata enam',
      'dmr-silent': 'DMR ei teata enam',
      'control-set': 'Olek määrati käsitsi',
      'control-ended': 'Käsitsi määratud olek lõppes',
      'certificate-expiring': 'Sertifikaat lõpeb',
      'release-published': 'Väljalase avaldati',
      'release-withdrawn': 'Väljalase võeti tagasi',
      'invitation-sent': 'Kutse saadeti',
      'invitation-withdrawn': 'Kutse lõppes taotluseta',
      'application-submitted': 'Taotlus esitati',
      'application-approved': 'Taotlus kinnitati',
      'application-rejected': 'Taotlus lükati tagasi',
      'planned-outage': 'Plaanitud katkestus',
      'network-incident-opened': 'Võrguintsident algas',
      'network-incident-resolved': 'Võrguintsident lõppes',
      'acknowledgement-lapsed': 'Intsidendiga ei tegele enam keegi',
    },
    changes: {
      confirmed: 'Kinnitatud',
      reminder: 'Algab peagi',
      started: 'Algas',
      ending: 'Lõpeb kümne minuti pärast',
      completed: 'Lõppes',
      overrun: 'Aeg on läbi, kuid vestlusrobotid on veel väljas',
      cancelled: 'Tühistatud',
    },
    chatbotTypes: { ministry: 'ministeeriumid', institution: 'asutused' },
    profiles: { dmr: 'DMR', chatbot: 'Vestlusrobot' },
    was: (status) => `Enne: ${status}.`,
    flapping: 'Olekumuutustest enam ei teavitata.',
    settled: (status) => `Olek: ${status}.`,
    moved: (uri) => `Uus aadress: ${uri}.`,
    transferred: (from, to) => `Asutus: ${from} → ${to}.`,
    held: (type) => `Liik: ${type}. Vestlusrobot tõrgub, kuid jääb võrku.`,
    lastSeen: (at) => `Viimane teade: ${at}.`,
    ends: (profile, at, serial) => `${profile}. Kehtib kuni ${at}. Seerianumber: ${serial}.`,
    withdrawn: (reason) => `Põhjus: ${reason}`,
    applied: (chatbot) => `Kavandatud vestlusrobot: ${chatbot}.`,
    outage: (start, end, reason) => `${start} kuni ${end}. ${reason}`,
    affected: (affected, population) => `Tõrgub ${affected} vestlusrobotit ${population}\u2011st.`,
    everything: 'kogu võrk',
    since: (at) => `Võrgust väljas alates ${at}.`,
  },
  en: {
    types: {
      'chatbot-online': 'Chatbot is online',
      'chatbot-offline': 'Chatbot is offline',
      'chatbot-flapping': 'Chatbot goes up and down',
      'chatbot-settled': 'Status of the chatbot has lasted for an hour',
      'chatbot-moved': 'Chatbot moved to a new address',
      'chatbot-transferred': 'Chatbot was transferred',
      'chatbot-removed': 'Chatbot was removed',
      'would-go-offline': 'Dry run: chatbot would have been taken out',
      'cap-reached': 'Cap is reached',
      'cap-released': 'Cap is not reached any more',
      'observer-outlier': 'Observer sees failures alone',
      'observer-silent': 'Observer stopped reporting',
      'dmr-silent': 'DMR stopped reporting',
      'control-set': 'Status was overridden',
      'control-ended': 'Override ended',
      'certificate-expiring': 'Certificate ends',
      'release-published': 'Release was published',
      'release-withdrawn': 'Release was withdrawn',
      'invitation-sent': 'Invitation was sent',
      'invitation-withdrawn': 'Invitation ended without an application',
      'application-submitted': 'Application was submitted',
      'application-approved': 'Application was approved',
      'application-rejected': 'Application was rejected',
      'planned-outage': 'Planned outage',
      'network-incident-opened': 'Network incident began',
      'network-incident-resolved': 'Network incident ended',
      'acknowledgement-lapsed': 'Nobody works on the incident any more',
    },
    changes: {
      confirmed: 'Confirmed',
      reminder: 'Starts soon',
      started: 'Started',
      ending: 'Ends in ten minutes',
      completed: 'Ended',
      overrun: 'Its time is over, and chatbots are still out',
      cancelled: 'Cancelled',
    },
    chatbotTypes: { ministry: 'ministries', institution: 'institutions' },
    profiles: { dmr: 'DMR', chatbot: 'Chatbot' },
    was: (status) => `Before: ${status}.`,
    flapping: 'Changes of its status are not announced any more.',
    settled: (status) => `Status: ${status}.`,
    moved: (uri) => `New address: ${uri}.`,
    transferred: (from, to) => `Institution: ${from} → ${to}.`,
    held: (type) => `Type: ${type}. The chatbot fails and stays online.`,
    lastSeen: (at) => `Last report: ${at}.`,
    ends: (profile, at, serial) => `${profile}. Valid until ${at}. Serial number: ${serial}.`,
    withdrawn: (reason) => `Reason: ${reason}`,
    applied: (chatbot) => `Proposed chatbot: ${chatbot}.`,
    outage: (start, end, reason) => `${start} to ${end}. ${reason}`,
    affected: (affected, population) => `${affected} of ${population} chatbots fail.`,
    everything: 'the whole network',
    since: (at) => `Offline since ${at}.`,
  },
});

export const EVENT_TYPES = Object.keys(EVENT_WORDS.et.types) as EventType[];
