//! The states of invitations in words.

import type { Schemas } from '../api/client.ts';
import { catalogue, type Language } from '../language/language.tsx';

export type Invitation = Schemas['Invitation'];
type Status = Schemas['InvitationStatus'];
type NextStep = Schemas['OwnInvitation']['nextStep'];

interface Texts {
  statuses: Record<Status, string>;
  steps: Record<Status, string>;
  next: Record<NextStep, string>;
}

const TEXTS = catalogue<Texts>({
  et: {
    statuses: {
      invited: 'Ootab taotlust',
      expired: 'Aegunud',
      submitted: 'Ootab otsust',
      approved: 'Heaks kiidetud',
      rejected: 'Tagasi lükatud',
      withdrawn: 'Tagasi võetud',
    },
    steps: {
      invited: 'Kutse saadeti',
      expired: 'Kutse aegus',
      submitted: 'Taotlus esitati',
      approved: 'Taotlus kiideti heaks',
      rejected: 'Taotlus lükati tagasi',
      withdrawn: 'Kutse võeti tagasi',
    },
    next: {
      'await-decision': 'Oodake otsust; selle teeb administraator.',
      'install-certificate':
        'Laadige sertifikaat alla ja seadistage vestlusrobot. Ta läheb võrku, kui ta proovipäringutele vastab.',
      'request-invitation': 'Kui soovite uuesti taotleda, paluge administraatorilt uus kutse.',
    },
  },
  en: {
    statuses: {
      invited: 'Waits for an application',
      expired: 'Expired',
      submitted: 'Waits for a decision',
      approved: 'Approved',
      rejected: 'Rejected',
      withdrawn: 'Withdrawn',
    },
    steps: {
      invited: 'Invitation sent',
      expired: 'Invitation expired',
      submitted: 'Application submitted',
      approved: 'Application approved',
      rejected: 'Application rejected',
      withdrawn: 'Invitation withdrawn',
    },
    next: {
      'await-decision': 'Wait for the decision of an administrator.',
      'install-certificate':
        'Download the certificate and set up the chatbot. It goes online when it answers its probes.',
      'request-invitation': 'To apply again, ask an administrator for another invitation.',
    },
  },
});

/** Returns the status of an invitation as words. */
export function invitationStatus(status: Status, language: Language): string {
  return TEXTS[language].statuses[status];
}

/** Returns a step of an invitation as words. */
export function stepWord(status: Status, language: Language): string {
  return TEXTS[language].steps[status];
}

/** Returns the next step of an applicant as words. */
export function nextStep(step: NextStep, language: Language): string {
  return TEXTS[language].next[step];
}

/** Returns every status with its words. */
export function invitationStatuses(language: Language): [string, string][] {
  return Object.entries(TEXTS[language].statuses);
}

/** Returns the status that a query string asks for. */
export function statusOf(search: string): Status | undefined {
  const status = new URLSearchParams(search).get('status') ?? '';
  return Object.hasOwn(TEXTS.en.statuses, status) ? (status as Status) : undefined;
}

/** Returns when an invitation got its status, and the reason if it was given one. */
export function lastStep({ history }: Invitation): Schemas['InvitationStep'] | undefined {
  return history[history.length - 1];
}
