//! The place of data that are on their way. Nothing is shown for 200 ms, so that quick answers do not flicker.

import { useEffect, useState } from 'preact/hooks';
import { catalogue, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({ et: { loading: 'Andmeid loetakse…' }, en: { loading: 'Loading…' } });

export function Loading({ rows = 8 }: { rows?: number }) {
  const texts = useTexts(TEXTS);
  const [isShown, setIsShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsShown(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  return (
    <div class="loading" aria-busy="true" role="status">
      <span class="hidden">{texts.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="loading-row" aria-hidden="true" />
      ))}
    </div>
  );
}
