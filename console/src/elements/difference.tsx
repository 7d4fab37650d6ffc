//! What differs between two values, as a table: each value before and after.

import { catalogue, useTexts } from '../language/language.tsx';
import { type Difference, textOf } from './difference.ts';
import { Table } from './table.tsx';

const TEXTS = catalogue({
  et: {
    value: 'Väärtus',
    before: 'Enne',
    after: 'Pärast',
    absent: 'puudub',
    whole: 'Kogu väärtus',
  },
  en: {
    value: 'Value',
    before: 'Before',
    after: 'After',
    absent: 'absent',
    whole: 'The whole value',
  },
});

interface Props {
  /** What is compared, for screen readers. */
  caption: string;
  differences: Difference[];
  /** The words for a path; the path itself if there is none. */
  label?: (path: string) => string;
  /** The text of a value that is not absent; JSON if there is none. */
  text?: (path: string, value: unknown) => string | undefined;
}

export function DifferenceTable({ caption, differences, label, text }: Props) {
  const texts = useTexts(TEXTS);
  const show = (path: string, value: unknown) =>
    value === undefined ? (
      <span class="quiet">{texts.absent}</span>
    ) : (
      <span class="value">{text?.(path, value) ?? textOf(value)}</span>
    );
  const name = (path: string) =>
    path === '' ? texts.whole : (label?.(path) ?? <code>{path}</code>);
  return (
    <Table
      caption={caption}
      rows={differences}
      keyOf={({ path }) => path}
      columns={[
        { head: texts.value, cell: ({ path }) => name(path) },
        { head: texts.before, cell: ({ path, before }) => show(path, before) },
        { head: texts.after, cell: ({ path, after }) => show(path, after) },
      ]}
    />
  );
}
