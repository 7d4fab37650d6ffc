//! The frame of pages that nobody has to sign in for.

import type { ComponentChildren } from 'preact';
import { Link } from 'wouter';
import { catalogue, useTexts } from '../language/language.tsx';
import { LanguageChoice } from './language-choice.tsx';
import { StatusLink } from './status-link.tsx';

const TEXTS = catalogue({
  et: { home: 'CentOps: avalehele', statement: 'Ligipääsetavuse teatis' },
  en: { home: 'CentOps: to the first page', statement: 'Accessibility statement' },
});

export function OpenShell({ children }: { children: ComponentChildren }) {
  const texts = useTexts(TEXTS);
  return (
    <>
      <header class="banner">
        <Link class="home" href="/" aria-label={texts.home}>
          CentOps
        </Link>
        <LanguageChoice />
      </header>
      <main class="alone">{children}</main>
      <footer>
        <p>
          <StatusLink />
        </p>
        <p>
          <Link href="/accessibility">{texts.statement}</Link>
        </p>
      </footer>
    </>
  );
}
