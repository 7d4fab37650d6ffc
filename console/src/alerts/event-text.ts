//! What an event is about, and what it says.

import type { Schemas } from '../api/client.ts';
import { controlled, observerName, statusWord, why } from '../health/why.ts';
import { moment } from '../language/format.ts';
import type { Language } from '../language/language.tsx';
import { severityWord } from '../releases/data.ts';
import { EVENT_WORDS, type Event } from './event-words.ts';

/** What an event is about: its name, and the page about it, if there is one. */
export interface Subject {
  name: string;
  path?: string;
}

export function subjectOf(event: Event, language: Language): Subject {
  switch (event.type) {
    case 'cap-released':
      return { name: EVENT_WORDS[language].chatbotTypes[event.chatbotType] };
    case 'dmr-silent':
      return { name: event.dmr };
    case 'certificate-expiring':
      return { name: event.name };
    case 'release-published':
    case 'release-withdrawn': {
      const { component, version } = event.release;
      return { name: `${component} ${version}`, path: `/releases/${component}` };
    }
    case 'invitation-sent':
    case 'invitation-withdrawn':
    case 'application-submitted':
    case 'application-approved':
    case 'application-rejected':
    case 'planned-outage':
      return { name: event.institution };
    case 'network-incident-opened':
    case 'network-incident-resolved':
      return {
        name: sharedName(event.cause.shared, language),
        path: `/incidents/${event.incident}`,
      };
    default:
      return { name: event.chatbot, path: `/chatbots/${event.chatbot}` };
  }
}

function sharedName(shared: Schemas['SharedProperty'], language: Language): string {
  switch (shared.kind) {
    case 'dmr':
      return shared.dmr ?? '';
    case 'host':
      return shared.host ?? '';
    case 'version':
      return `${shared.component ?? ''} ${shared.version ?? ''}`;
    case 'institution':
      return shared.institution ?? '';
    case 'everything':
      return EVENT_WORDS[language].everything;
  }
}

/** Returns what the event says beyond its type and subject; empty if that is all. */
export function eventText(event: Event, now: Date, language: Language): string {
  const words = EVENT_WORDS[language];
  const at = (text: string) => moment(new Date(text), now, language);
  // The first sentence is the status, which the type has.
  const cause = (of: Schemas['Cause']) =>
    why({ status: 'Offline', since: event.at, cause: of }, now, language).slice(1).join(' ');
  switch (event.type) {
    case 'chatbot-online':
      return words.was(statusWord(event.was, language));
    case 'chatbot-offline':
    case 'would-go-offline':
      return cause(event.cause);
    case 'chatbot-flapping':
      return `${words.settled(statusWord(event.status, language))} ${words.flapping}`;
    case 'chatbot-settled':
      return words.settled(statusWord(event.status, language));
    case 'chatbot-moved':
      return words.moved(event.uri);
    case 'chatbot-transferred':
      return words.transferred(event.from, event.to);
    case 'cap-reached':
      return `${words.held(words.chatbotTypes[event.chatbotType])} ${cause(event.cause)}`;
    case 'observer-outlier':
    case 'observer-silent':
      return observerName(event.observer, language);
    case 'dmr-silent':
      return words.lastSeen(at(event.lastSeen));
    case 'control-set':
      return controlled(event.control, now, language);
    case 'certificate-expiring':
      return words.ends(words.profiles[event.profile], at(event.ends), event.serial);
    case 'release-published':
      return `${severityWord(event.release.severity, language)}. ${event.release.notes ?? ''}`.trim();
    case 'release-withdrawn':
      return words.withdrawn(event.release.withdrawal?.reason ?? '');
    case 'application-submitted':
    case 'application-approved':
    case 'application-rejected':
      return words.applied(event.chatbot);
    case 'planned-outage': {
      const times = words.outage(at(event.start), at(event.end), event.reason);
      return `${words.changes[event.change]}. ${times}`;
    }
    case 'network-incident-opened':
    case 'network-incident-resolved':
      return words.affected(event.cause.affected, event.cause.population);
    case 'acknowledgement-lapsed':
      return words.since(at(event.since));
    case 'chatbot-removed':
    case 'cap-released':
    case 'control-ended':
    case 'invitation-sent':
    case 'invitation-withdrawn':
      return '';
  }
}
