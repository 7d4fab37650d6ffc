//! Numbers of reports in words.

import type { Schemas } from '../api/client.ts';
import type { Language } from '../language/language.tsx';

const LOCALES: Record<Language, string> = { et: 'et-EE', en: 'en-GB' };

/** Returns an availability in per cent with two places, or a dash if no time counts. The API has rounded it down. */
export function percent({ percent: value }: Schemas['Availability'], language: Language): string {
  if (value === undefined) return '–';
  const places = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `${new Intl.NumberFormat(LOCALES[language], places).format(value)}%`;
}
