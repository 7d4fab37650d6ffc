import { expect, test } from 'vitest';
import type { Entries } from '../elements/form.tsx';
import { DEFAULTS, KINDS, type Settings, settingsOf, timeFieldsOf, zones } from './settings.ts';

/** Returns the entries of the form that shows `settings`. */
function entriesOf(settings: Settings): Entries {
  const { from, until, except, digest, daily } = timeFieldsOf(settings);
  const all = {
    leastImportance: settings.leastImportance,
    language: settings.language,
    zone: settings.zone,
    'quietHours/from': from,
    'quietHours/until': until,
    'quietHours/except': except,
    digest,
    'digest/daily': daily,
    ...Object.fromEntries(settings.kinds.map((kind) => [`kinds/${kind}`, 'on'])),
  };
  const filled = Object.entries(all).filter(([, value]) => value !== '');
  return Object.fromEntries(filled.map(([key, value]) => [`settings/${key}`, value]));
}

const NIGHT = { from: '22:00', until: '07:00' };

test('form that nobody changed gives the same settings', () => {
  const all: Settings[] = [
    DEFAULTS,
    { ...DEFAULTS, kinds: ['status', 'report'], leastImportance: 'critical', digest: 'hourly' },
    { ...DEFAULTS, quietHours: { daily: NIGHT }, digest: { daily: '08:30' }, zone: 'UTC' },
    { ...DEFAULTS, quietHours: { daily: { ...NIGHT, except: 'critical' } }, language: 'en' },
  ];
  for (const settings of all) expect(settingsOf(entriesOf(settings))).toEqual({ settings });
});

test('quiet hours need both times, and a daily digest its time', () => {
  const entries = { ...entriesOf(DEFAULTS), 'settings/digest': 'daily' };
  expect(settingsOf({ ...entries, 'settings/quietHours/from': '22:00' })).toEqual({
    errors: [
      { pointer: '#/settings/quietHours/until', detail: 'both' },
      { pointer: '#/settings/digest/daily', detail: 'time' },
    ],
  });
  const late = { ...entriesOf(DEFAULTS), 'settings/quietHours/until': '07:00' };
  expect(settingsOf(late)).toEqual({
    errors: [{ pointer: '#/settings/quietHours/from', detail: 'both' }],
  });
});

test('no kind is chosen means every kind', () => {
  expect(settingsOf(entriesOf(DEFAULTS))).toMatchObject({ settings: { kinds: [] } });
  expect(KINDS).toContain('status');
});

test('present zone can be kept', () => {
  expect(zones('Asia/Nicosia')[0]).toBe('Asia/Nicosia');
  expect(zones('Europe/Tallinn').filter((zone) => zone === 'Europe/Tallinn')).toHaveLength(1);
  expect(zones('UTC')).toContain('Europe/Helsinki');
});
