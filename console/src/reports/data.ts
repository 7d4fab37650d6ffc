//! Reports as the page reads them, and as files.

import { useQuery } from '@tanstack/react-query';
import { api, dataOf, type Schemas } from '../api/client.ts';
import type { Language } from '../language/language.tsx';
import { type Period, searchOf } from './period.ts';

export type Report = Schemas['Report'];

/** The milliseconds for which a file is kept for the browser to store it. */
const KEPT = 60_000;

/** Returns the report of an institution. It is not read again by itself: a report takes seconds to make. */
export function useReport(institution: string, period: Period) {
  return useQuery({
    queryKey: ['report', institution, period],
    queryFn: async () => {
      const answer = await api.GET('/institutions/{institution}/report', {
        params: { path: { institution }, query: period, header: { Accept: 'application/json' } },
      });
      // Only JSON is accepted; the other forms of the answer are texts.
      return dataOf(answer) as Report;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Returns the address of the report as a page. A browser that follows a link asks for HTML. */
export function pageAddress(institution: string, period: Period, language: Language): string {
  const name = encodeURIComponent(institution);
  return `/api/institutions/${name}/report${searchOf(period, { language })}`;
}

/** Reads the report as CSV and hands it to the browser as a file. A link cannot: it would ask for HTML. */
export async function downloadCsv(
  institution: string,
  period: Period,
  language: Language,
): Promise<void> {
  const answer = await api.GET('/institutions/{institution}/report', {
    params: {
      path: { institution },
      query: { ...period, language },
      header: { Accept: 'text/csv' },
    },
    parseAs: 'blob',
  });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(dataOf(answer));
  link.download = fileName(
    answer.response.headers.get('Content-Disposition'),
    `${institution}.csv`,
  );
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}

/** Returns the name of the file that a `Content-Disposition` has, or else `usual`. */
export function fileName(disposition: string | null, usual: string): string {
  return disposition?.match(/filename="([^"/\\]+)"/)?.[1] ?? usual;
}
