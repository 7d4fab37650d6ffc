//! The frame of a page: its heading has the focus after a change of the page.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'wouter';
import { useTitle } from './title.ts';

/** The path that was shown last. The first page leaves the focus where the browser put it. */
let shown: string | undefined;

export function Page({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle(title);
  const [path] = useLocation();
  // Not by the title: another language has another one, and the focus must stay at the choice of the language.
  useEffect(() => {
    if (shown !== undefined && shown !== path) heading.current?.focus();
    shown = path;
  }, [path]);
  return (
    <>
      <header class="page-header">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside}
      </header>
      {children}
    </>
  );
}
