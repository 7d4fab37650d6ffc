//! The end of a list that is read a page at a time.

import { catalogue, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({
  et: {
    older: 'Näita vanemaid',
    reading: 'Loen…',
    end: 'Vanemaid ei ole.',
    nothing: 'Seni loetud osas ei leitud midagi. Vanemaid võib veel olla.',
  },
  en: {
    older: 'Show older',
    reading: 'Reading…',
    end: 'There are no older ones.',
    nothing: 'Nothing was found in what was read so far. There may be older ones.',
  },
});

interface Props {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  /** The number of items that are shown. */
  count: number;
}

export function Older({ query, count }: Props) {
  const texts = useTexts(TEXTS);
  if (!query.hasNextPage) return count > 0 ? <p class="quiet">{texts.end}</p> : null;
  return (
    <p>
      {count === 0 && <>{texts.nothing} </>}
      <button
        type="button"
        disabled={query.isFetchingNextPage}
        onClick={() => query.fetchNextPage()}
      >
        {query.isFetchingNextPage ? texts.reading : texts.older}
      </button>
    </p>
  );
}
