//! Roles in words.

import { catalogue, type Language } from '../language/language.tsx';
import type { Role } from './session.tsx';

interface RoleTexts {
  name: string;
  may: string;
}

const ROLES = catalogue<Record<Role, RoleTexts>>({
  et: {
    admin: { name: 'Administraator', may: 'teeb kõike' },
    operator: {
      name: 'Operaator',
      may: 'muudab vestlusroboteid ja reegleid, tegeleb intsidentidega',
    },
    viewer: { name: 'Vaataja', may: 'näeb kõike' },
    owner: { name: 'Omanik', may: 'näeb oma asutuste vestlusroboteid ja tegeleb nendega' },
  },
  en: {
    admin: { name: 'Administrator', may: 'does everything' },
    operator: { name: 'Operator', may: 'changes chatbots and the policy, works on incidents' },
    viewer: { name: 'Viewer', may: 'sees everything' },
    owner: { name: 'Owner', may: 'sees the chatbots of own institutions, and works on them' },
  },
});

export const ROLE_NAMES: Role[] = ['admin', 'operator', 'viewer', 'owner'];

/** Returns the name of a role. */
export function roleName(role: Role, language: Language): string {
  return ROLES[language][role].name;
}

/** Returns the roles for a choice: each with its name and what it may do. */
export function roleOptions(language: Language): [string, string][] {
  return ROLE_NAMES.map((role) => [
    role,
    `${ROLES[language][role].name}: ${ROLES[language][role].may}`,
  ]);
}
