//! A table. On a narrow page each row is a card, whose cells name their column.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { catalogue, useTexts } from '../language/language.tsx';

/** The rows that are shown at once: all of them are in the document, so the browser finds and prints them. */
export const ROWS = 100;

const TEXTS = catalogue({
  et: {
    more: (shown: number, all: number) => `Näidatakse ${shown} rida ${all}\u2011st.`,
    next: 'Näita järgmisi',
  },
  en: {
    more: (shown: number, all: number) => `${shown} of ${all} rows are shown.`,
    next: 'Show more',
  },
});

export interface Column<T> {
  /** The heading. */
  head: string;
  cell: (row: T) => ComponentChildren;
}

interface Props<T> {
  /** What the table has, for screen readers. */
  caption: string;
  /** The first column has the headings of the rows. */
  columns: [Column<T>, ...Column<T>[]];
  rows: T[];
  keyOf: (row: T) => string;
  /** Further classes. */
  look?: string;
}

export function Table<T>({ caption, columns, rows, keyOf, look = '' }: Props<T>) {
  const texts = useTexts(TEXTS);
  const [shown, setShown] = useState(ROWS);
  const [first, ...others] = columns;
  // Headings without cells say nothing; the page says why there are no rows.
  if (rows.length === 0) return null;
  return (
    <>
      <table class={`wide ${look}`}>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ head }) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, shown).map((row) => (
            <tr key={keyOf(row)}>
              <th scope="row" data-label={first.head}>
                {first.cell(row)}
              </th>
              {others.map(({ head, cell }) => (
                <td key={head} data-label={head}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown && (
        <p>
          {texts.more(shown, rows.length)}{' '}
          <button type="button" onClick={() => setShown(shown + ROWS)}>
            {texts.next}
          </button>
        </p>
      )}
    </>
  );
}
