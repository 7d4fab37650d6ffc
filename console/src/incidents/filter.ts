//! The filter of the list of incidents, as its address has it.

/** The lengths of the period of figures, in days. The first is the default. */
export const PERIODS = ['30', '7', '90'] as const;

export interface Filter {
  /** True if incidents that are over are left out, as they are without a filter. */
  active: boolean;
  kind: string;
  institution: string;
  /** The days of the period of figures. */
  days: string;
}

export const NO_FILTER: Filter = { active: true, kind: '', institution: '', days: PERIODS[0] };

/** Returns the filter that a query string has. */
export function filterOf(search: string): Filter {
  const query = new URLSearchParams(search);
  const [kind, days] = [query.get('kind') ?? '', query.get('days') ?? ''];
  return {
    active: query.get('active') !== 'false',
    kind: kind === 'chatbot' || kind === 'network' ? kind : '',
    institution: query.get('institution') ?? '',
    days: PERIODS.find((one) => one === days) ?? PERIODS[0],
  };
}

/** Returns the query string of a filter, without what is not filtered. */
export function searchOf(filter: Filter): string {
  const query = new URLSearchParams();
  if (!filter.active) query.set('active', 'false');
  if (filter.kind !== '') query.set('kind', filter.kind);
  if (filter.institution !== '') query.set('institution', filter.institution);
  if (filter.days !== PERIODS[0]) query.set('days', filter.days);
  const search = query.toString();
  return search === '' ? '' : `?${search}`;
}
