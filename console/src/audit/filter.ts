//! The filter of the audit trail. Its address has all of it but the person: a personal code must not be in an address,
//! which stays in the history and goes into links and screenshots.

export interface AuditFilter {
  chatbot: string;
  /** The `sub` of a person. */
  person: string;
  /** Only records from this time on and before this one (RFC 3339); empty for no limit. */
  from: string;
  to: string;
}

const KEYS = ['chatbot', 'person', 'from', 'to'] as const;
/** What the address has. */
const SHARED = ['chatbot', 'from', 'to'] as const;

export const NO_AUDIT_FILTER: AuditFilter = { chatbot: '', person: '', from: '', to: '' };

/** Returns the filter of a query string, with a person that is not in it. A time that is none is left out. */
export function auditFilterOf(search: string, person: string): AuditFilter {
  const query = new URLSearchParams(search);
  const of = (key: (typeof SHARED)[number]) => query.get(key)?.trim() ?? '';
  const time = (text: string) => (Number.isNaN(Date.parse(text)) ? '' : text);
  return {
    chatbot: of('chatbot'),
    person,
    from: time(of('from')),
    to: time(of('to')),
  };
}

/** Returns what is filtered, for the API. */
export function auditQueryOf(filter: AuditFilter): Partial<AuditFilter> {
  const used = KEYS.filter((key) => filter[key] !== '').map((key) => [key, filter[key]]);
  return Object.fromEntries(used);
}

/** Returns the query string of a filter: without the person, and without what is not filtered. */
export function auditSearchOf(filter: AuditFilter): string {
  const used = SHARED.filter((key) => filter[key] !== '').map((key) => [key, filter[key]]);
  const query = new URLSearchParams(used).toString();
  return query === '' ? '' : `?${query}`;
}
