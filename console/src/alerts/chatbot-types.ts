//! The types of events that a chatbot can have.

import type { EventType } from './event-words.ts';

/** In the order of the filter. Events of releases, DMRs, invitations and the network are of no chatbot. */
export const CHATBOT_EVENTS: EventType[] = [
  'chatbot-online',
  'chatbot-offline',
  'chatbot-flapping',
  'chatbot-settled',
  'chatbot-moved',
  'chatbot-transferred',
  'would-go-offline',
  'cap-reached',
  'observer-outlier',
  'observer-silent',
  'control-set',
  'control-ended',
  'certificate-expiring',
  'planned-outage',
  'acknowledgement-lapsed',
];
