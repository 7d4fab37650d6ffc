//! What was done last, for all readers.

import { useEffect, useRef } from 'preact/hooks';

/** Announces `text`. It takes the focus if what was done removed the element that had it. */
export function Done({ text }: { text: string }) {
  const status = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (text !== '' && document.activeElement === document.body) status.current?.focus();
  }, [text]);
  return (
    <p ref={status} role="status" tabIndex={-1}>
      {text}
    </p>
  );
}
