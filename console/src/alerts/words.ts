//! Subscriptions and their messages in words.

import type { Schemas } from '../api/client.ts';
import { catalogue } from '../language/language.tsx';

export type Subscription = Schemas['Subscription'];
export type Channel = Schemas['Channel'];
export type Importance = Schemas['Importance'];
export type Kind = Schemas['NotificationKind'];
export type StateName = Schemas['SubscriptionState']['name'];

/** What an owner must know of a channel. */
export interface ChannelWords {
  name: string;
  /** What the address is. */
  address: string;
  /** How the recipient confirms. */
  confirmation: string;
}

interface Words {
  channels: Record<Channel, ChannelWords>;
  importances: Record<Importance, string>;
  kinds: Record<Kind, string>;
  states: Record<StateName, string>;
  endedBy: Record<NonNullable<Schemas['SubscriptionState']['by']>, string>;
  messageStates: Record<Schemas['Message']['state'], string>;
  languages: Record<Schemas['Language'], string>;
  operations: string;
  all: (institution: string) => string;
  some: (institution: string, chatbots: number) => string;
}

export const WORDS = catalogue<Words>({
  et: {
    channels: {
      mail: {
        name: 'E-kiri',
        address: 'e-posti aadress',
        confirmation: 'kuuekohalise koodiga, mis saabub kirjaga',
      },
      sms: {
        name: 'SMS',
        address: 'telefoninumber kujul +3725…',
        confirmation: 'kuuekohalise koodiga, mis saabub sõnumiga',
      },
      webhook: {
        name: 'Veebihaak (allkirjastatud JSON)',
        address: 'https-aadress',
        confirmation: 'proovisõnumiga, millele süsteem vastab koodiga 2xx',
      },
      slack: {
        name: 'Slack',
        address: 'sissetuleva veebihaagi aadress',
        confirmation: 'proovisõnumiga',
      },
      teams: {
        name: 'Microsoft Teams',
        address: 'töövoo aadress',
        confirmation: 'kuuekohalise koodiga, mis ilmub kanalisse',
      },
      pagerduty: {
        name: 'PagerDuty',
        address: 'teenuse marsruutimisvõti',
        confirmation: 'proovisõnumiga',
      },
      alertmanager: {
        name: 'Prometheus Alertmanager',
        address: 'https-aadress',
        confirmation: 'proovisõnumiga',
      },
      email: {
        name: 'Lihttekstiga e-kiri (SNS)',
        address: 'e-posti aadress',
        confirmation: 'lingiga, mis saabub kirjaga',
      },
      https: {
        name: 'HTTPS (SNS)',
        address: 'https-aadress',
        confirmation: 'SNS-i päringuga, millele süsteem vastab',
      },
      sqs: {
        name: 'SQS-i järjekord',
        address: 'järjekorra ARN',
        confirmation: 'SNS-i sõnumiga, mis saabub järjekorda; samal kontol kinnitatakse kohe',
      },
    },
    importances: { info: 'Teadmiseks', warning: 'Hoiatus', critical: 'Kriitiline' },
    kinds: {
      status: 'Vestlusroboti olek',
      update: 'Uuendused',
      certificate: 'Lõppevad sertifikaadid',
      planned: 'Plaanitud katkestused',
      incident: 'Intsidendid, millega keegi enam ei tegele',
      subscription: 'Tõrkuvad tellimused',
      network: 'Võrk: lagi, võrguintsidendid, ainsana vigu nägevad vaatlejad, proovirežiim',
      dmr: 'Vaikivad DMR-id',
      application: 'Taotlused',
      report: 'Aruanded',
    },
    states: {
      pending: 'Ootab kinnitust',
      active: 'Töötab',
      paused: 'Peatatud',
      failing: 'Teateid ei võeta vastu',
      ended: 'Lõppenud',
    },
    endedBy: {
      owner: 'Lõpetas omanik või administraator.',
      recipient: 'Lõpetas saaja. Teised ei saa sellele aadressile uuesti tellida.',
      unconfirmed: 'Keegi ei kinnitanud seda 48 tunni jooksul.',
      removed: 'Selle asutus või viimane vestlusrobot eemaldati.',
    },
    messageStates: {
      sending: 'Saadetakse',
      sent: 'Saadetud',
      waiting: 'Ootab järgmist katset',
      failed: 'Ei jõudnud kohale',
    },
    languages: { et: 'eesti', en: 'inglise' },
    operations: 'Halduskeskus (kogu võrk)',
    all: (institution) => `${institution}: kõik vestlusrobotid, ka hiljem lisanduvad`,
    some: (institution, chatbots) =>
      chatbots === 1
        ? `${institution}: 1 valitud vestlusrobot`
        : `${institution}: ${chatbots} valitud vestlusrobotit`,
  },
  en: {
    channels: {
      mail: {
        name: 'E-mail',
        address: 'an e-mail address',
        confirmation: 'by a code of six digits, which arrives by mail',
      },
      sms: {
        name: 'SMS',
        address: 'a phone number such as +3725…',
        confirmation: 'by a code of six digits, which arrives by SMS',
      },
      webhook: {
        name: 'Webhook (signed JSON)',
        address: 'an https URL',
        confirmation: 'by a test message that is answered with 2xx',
      },
      slack: {
        name: 'Slack',
        address: 'the URL of an incoming webhook',
        confirmation: 'by a test message',
      },
      teams: {
        name: 'Microsoft Teams',
        address: 'the URL of a workflow',
        confirmation: 'by a code of six digits, which appears in the channel',
      },
      pagerduty: {
        name: 'PagerDuty',
        address: 'the routing key of a service',
        confirmation: 'by a test message',
      },
      alertmanager: {
        name: 'Prometheus Alertmanager',
        address: 'an https URL',
        confirmation: 'by a test message',
      },
      email: {
        name: 'Plain e-mail (SNS)',
        address: 'an e-mail address',
        confirmation: 'by a link, which arrives by mail',
      },
      https: {
        name: 'HTTPS (SNS)',
        address: 'an https URL',
        confirmation: 'by a request of SNS that is answered',
      },
      sqs: {
        name: 'SQS queue',
        address: 'the ARN of the queue',
        confirmation: 'at once in the same account, elsewhere by a message of SNS in the queue',
      },
    },
    importances: { info: 'Information', warning: 'Warning', critical: 'Critical' },
    kinds: {
      status: 'Status of chatbots',
      update: 'Updates',
      certificate: 'Certificates that end',
      planned: 'Planned outages',
      incident: 'Incidents that nobody works on any more',
      subscription: 'Failing subscriptions',
      network: 'Network: cap, network incidents, outliers, dry runs',
      dmr: 'Silent DMRs',
      application: 'Applications',
      report: 'Reports',
    },
    states: {
      pending: 'Awaits confirmation',
      active: 'Active',
      paused: 'Paused',
      failing: 'Messages are not accepted',
      ended: 'Ended',
    },
    endedBy: {
      owner: 'The owner or an administrator ended it.',
      recipient: 'The recipient ended it. Nobody else can subscribe this address again.',
      unconfirmed: 'Nobody confirmed it within 48 hours.',
      removed: 'Its institution or last chatbot was removed.',
    },
    messageStates: {
      sending: 'Being sent',
      sent: 'Sent',
      waiting: 'Awaits the next attempt',
      failed: 'Not delivered',
    },
    languages: { et: 'Estonian', en: 'English' },
    operations: 'Operations centre (the whole network)',
    all: (institution) => `${institution}: all chatbots, also those enrolled later`,
    some: (institution, chatbots) =>
      chatbots === 1
        ? `${institution}: 1 chosen chatbot`
        : `${institution}: ${chatbots} chosen chatbots`,
  },
});

/** The channels whose recipient confirms by a code of six digits. */
export const WITH_CODE: readonly Channel[] = ['mail', 'sms', 'teams'];

/** Returns what a subscription covers. */
export function coverageWords({ type, institution, chatbots }: Schemas['Coverage'], words: Words) {
  if (type === 'operations') return words.operations;
  return type === 'institution'
    ? words.all(institution ?? '')
    : words.some(institution ?? '', chatbots?.length ?? 0);
}

/** The order of the list: what needs attention first, what has ended last. */
const RANK: Record<StateName, number> = { failing: 0, pending: 1, paused: 2, active: 3, ended: 4 };

/** Returns the subscriptions with those first that need attention, then by coverage and address. */
export function byAttention(subscriptions: Subscription[]): Subscription[] {
  const key = ({ coverage, address }: Subscription) => `${coverage.institution ?? ''} ${address}`;
  return [...subscriptions].sort(
    (one, other) =>
      RANK[one.state.name] - RANK[other.state.name] || (key(one) < key(other) ? -1 : 1),
  );
}
