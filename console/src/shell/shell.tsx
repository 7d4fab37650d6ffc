//! The frame of the console: skip link, header with person and language, menu, page.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'wouter';
import { api } from '../api/client.ts';
import { isSignedOut } from '../api/problem.ts';
import { catalogue, useTexts } from '../language/language.tsx';
import { Ending } from '../session/ending.tsx';
import { useSession } from '../session/session.tsx';
import { forgetSignIn } from '../session/sign-in-mark.ts';
import { LanguageChoice } from './language-choice.tsx';
import { Menu, Permitted } from './menu.tsx';

const TEXTS = catalogue({
  et: { skip: 'Liigu sisu juurde', menu: 'Menüü', signOut: 'Logi välja' },
  en: { skip: 'Skip to the content', menu: 'Menu', signOut: 'Sign out' },
});

export function Shell({ children }: { children: ComponentChildren }) {
  const texts = useTexts(TEXTS);
  const session = useSession();
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const [path] = useLocation();
  // Another page closes the menu.
  useEffect(() => setIsMenuOpen(false), [path]);
  return (
    <>
      <a class="skip" href="#content">
        {texts.skip}
      </a>
      <header class="banner">
        <strong>CentOps</strong>
        <button
          type="button"
          class="menu-button"
          aria-expanded={isMenuOpen}
          aria-controls="menu"
          onClick={() => setIsMenuOpen(!isMenuOpen)}
        >
          {texts.menu}
        </button>
        <span class="person">{session.name}</span>
        <LanguageChoice />
        <button type="button" onClick={signOut}>
          {texts.signOut}
        </button>
      </header>
      <Ending session={session} />
      <Menu isOpen={isMenuOpen} />
      <main id="content" tabIndex={-1}>
        <Permitted>{children}</Permitted>
      </main>
    </>
  );
}

/** Ends the session. Everything that was read leaves the memory of the page with it. */
async function signOut(): Promise<void> {
  try {
    await api.DELETE('/session');
  } catch (error) {
    // Another tab ended it, or its time is over.
    if (!isSignedOut(error)) throw error;
  }
  forgetSignIn();
  location.assign('/');
}
