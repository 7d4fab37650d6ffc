//! Whether a certificate or an API key can be used, by the times that the API says.

import type { Schemas } from '../api/client.ts';

type Certificate = Schemas['Certificate'];

export type Validity = 'valid' | 'ending' | 'replaced' | 'ended' | 'revoked';

const DAY = 86_400_000;

/** The days before the end of a certificate from which on it ends soon: its holder gets the first notice then. */
export const SOON_DAYS = 30;

/** Returns the whole days from `now` to `end`; negative if it is over. */
export function daysTo(end: string, now: Date): number {
  return Math.floor((Date.parse(end) - now.getTime()) / DAY);
}

function isUsable(certificate: Certificate, now: Date): boolean {
  return certificate.revokedAt === undefined && Date.parse(certificate.notAfter) > now.getTime();
}

/** Returns the holder of a certificate: another enrolment of the name is another holder. */
function holderOf({ profile, name, enrolledAt }: Certificate): string {
  return `${profile} ${name} ${enrolledAt}`;
}

/**
 * Returns the validity of each certificate by its serial number. One that ends soon is `replaced` if its holder has a
 * usable one that ends later among `all`.
 */
export function validities(all: Certificate[], now: Date): Map<string, Validity> {
  const latest = new Map<string, number>();
  for (const one of all.filter((certificate) => isUsable(certificate, now))) {
    const end = Math.max(latest.get(holderOf(one)) ?? 0, Date.parse(one.notAfter));
    latest.set(holderOf(one), end);
  }
  const validity = (one: Certificate): Validity => {
    if (one.revokedAt !== undefined) return 'revoked';
    if (!isUsable(one, now)) return 'ended';
    if (daysTo(one.notAfter, now) >= SOON_DAYS) return 'valid';
    return Date.parse(one.notAfter) < (latest.get(holderOf(one)) ?? 0) ? 'replaced' : 'ending';
  };
  return new Map(all.map((one) => [one.serial, validity(one)]));
}
