//! The settings of a subscription: from and to the entries of their form.

import type { Schemas } from '../api/client.ts';
import type { FieldError } from '../api/problem.ts';
import { checked } from '../elements/checks.tsx';
import type { Entries } from '../elements/form.tsx';
import { type Importance, type Kind, WORDS } from './words.ts';

export type Settings = Schemas['Settings'];

/** The settings of a subscription that says nothing about them. */
export const DEFAULTS: Settings = {
  leastImportance: 'info',
  kinds: [],
  language: 'et',
  zone: 'Europe/Tallinn',
  quietHours: 'off',
  digest: 'off',
};

export const KINDS = Object.keys(WORDS.et.kinds) as Kind[];

/** How notifications that are not critical are delivered. */
export type DigestChoice = 'off' | 'hourly' | 'daily';

/** The values of the fields for quiet hours and digests, which are one value each in the API. */
export interface TimeFields {
  from: string;
  until: string;
  /** The least importance that is delivered in quiet hours; empty for none. */
  except: Importance | '';
  digest: DigestChoice;
  /** The time of a daily digest. */
  daily: string;
}

export function timeFieldsOf({ quietHours, digest }: Settings): TimeFields {
  const quiet = quietHours === 'off' ? undefined : quietHours.daily;
  const isDaily = typeof digest === 'object';
  return {
    from: quiet?.from ?? '',
    until: quiet?.until ?? '',
    except: quiet?.except ?? '',
    digest: isDaily ? 'daily' : digest,
    daily: isDaily ? digest.daily : '',
  };
}

/** Settings, or what is wrong with the entries: `both` times are needed, or `time` of a daily digest. */
export type Read = { settings: Settings } | { errors: FieldError[] };

export function settingsOf(entries: Entries): Read {
  const errors: FieldError[] = [];
  const of = (key: string) => entries[`settings/${key}`] ?? '';
  const [from, until, except] = ['from', 'until', 'except'].map((key) => of(`quietHours/${key}`));
  if ((from === '') !== (until === '')) {
    const missing = from === '' ? 'from' : 'until';
    errors.push({ pointer: `#/settings/quietHours/${missing}`, detail: 'both' });
  }
  const [digest, daily] = [of('digest'), of('digest/daily')];
  if (digest === 'daily' && daily === '')
    errors.push({ pointer: '#/settings/digest/daily', detail: 'time' });
  if (errors.length > 0) return { errors };
  return {
    settings: {
      leastImportance: of('leastImportance') as Importance,
      kinds: checked(entries, 'settings/kinds', KINDS),
      language: of('language') as Settings['language'],
      zone: of('zone'),
      quietHours:
        from && until
          ? { daily: { from, until, ...(except && { except: except as Importance }) } }
          : 'off',
      digest: digest === 'daily' ? { daily } : (digest as 'off' | 'hourly'),
    },
  };
}

/** Returns the zones that may be chosen: UTC and those of Europe that the browser knows, and `current`. */
export function zones(current: string): string[] {
  const european = Intl.supportedValuesOf('timeZone').filter((zone) => zone.startsWith('Europe/'));
  return [...new Set([current, 'Europe/Tallinn', 'UTC', ...european])];
}
