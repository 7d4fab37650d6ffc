//! Actors and outcomes of the audit trail in words.

import type { Schemas } from '../api/client.ts';
import { catalogue } from '../language/language.tsx';

export type AuditRecord = Schemas['AuditRecord'];

interface Words {
  actors: Record<Schemas['AuditActor']['kind'], string>;
  outcomes: Record<AuditRecord['outcome'], string>;
}

export const AUDIT_WORDS = catalogue<Words>({
  et: {
    actors: {
      person: 'Inimene',
      dmr: 'DMR',
      chatbot: 'Vestlusrobot',
      system: 'CentOps ise',
      unknown: 'Tuvastamata',
    },
    outcomes: { done: 'Tehtud', refused: 'Keelatud', login: 'Sisselogimine' },
  },
  en: {
    actors: {
      person: 'Person',
      dmr: 'DMR',
      chatbot: 'Chatbot',
      system: 'CentOps itself',
      unknown: 'Not recognised',
    },
    outcomes: { done: 'Done', refused: 'Refused', login: 'Sign-in' },
  },
});
