//! A page that the person's roles do not permit. It reads as a refusal of the API, and names the roles that may.

import { ProblemError } from '../api/problem.ts';
import { list } from '../language/format.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { roleName } from '../session/roles.ts';
import type { Role } from '../session/session.tsx';
import { ProblemNotice } from './problem.tsx';

const TEXTS = catalogue({
  et: { needed: (roles: string) => `Vajalik roll (üks neist): ${roles}.` },
  en: { needed: (roles: string) => `Needed role (one of these): ${roles}.` },
});

export function Forbidden({ roles }: { roles: Role[] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const names = roles.map((role) => roleName(role, language));
  return (
    <ProblemNotice error={new ProblemError(403, { detail: texts.needed(list(names, language)) })} />
  );
}
