//! What an empty list says: that there is nothing, or that nothing matches its filter, which can be cleared.

import { catalogue, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({ et: { clear: 'Tühista filter' }, en: { clear: 'Clear the filter' } });

interface Props {
  isFiltered: boolean;
  none: string;
  noMatch: string;
  onClear: () => void;
}

export function NothingFound({ isFiltered, none, noMatch, onClear }: Props) {
  const texts = useTexts(TEXTS);
  if (!isFiltered) return <p>{none}</p>;
  return (
    <p>
      {noMatch}{' '}
      <button type="button" onClick={onClear}>
        {texts.clear}
      </button>
    </p>
  );
}
