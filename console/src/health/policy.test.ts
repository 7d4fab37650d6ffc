import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Entries } from '../elements/form.tsx';
import { draftOf, OVERRIDES, overridesOf } from './policy-draft.ts';
import {
  FIELDS,
  GROUPS,
  PATHS,
  type Policy,
  type PolicyDocument,
  pathsOf,
  valueAt,
} from './policy-fields.ts';
import { POLICY_WORDS, pathWords, valueWords } from './policy-words.ts';

const POLICY: Policy = {
  window: { bucketSeconds: 30, buckets: 10 },
  rate: { minimum: 10, failurePercent: 50, slowMillis: 10_000, slowPercent: 80 },
  fast: { threshold: 13, recovery: 2 },
  failures: { codes: ['5xx', 'timeout', 'connection'], levels: ['error', 'critical'] },
  quorum: 2,
  open: { baseSeconds: 30, growthPercent: 200, capSeconds: 900, jitterPercent: 20 },
  probe: {
    path: '/health',
    method: 'GET',
    expect: ['2xx'],
    timeoutSeconds: 5,
    successes: 2,
    spacingSeconds: 2,
    mostInFlight: 1,
    leaseSeconds: 45,
  },
  recovery: { seconds: 300, minimum: 5, failurePercent: 40, threshold: 7 },
  silence: { intervals: 2, shortestSeconds: 60, longestSeconds: 43_200 },
  cap: { percent: 30, resumePercent: 20 },
  dryRun: false,
};

/** Returns the entries of the form that shows `document`. */
function entriesOf(document: PolicyDocument): Entries {
  const entries: Entries = {};
  for (const path of PATHS) {
    const value = valueAt(document.defaults, path);
    const name = `defaults/${path}`;
    if (FIELDS[path].kind === 'levels') {
      for (const level of value as string[]) entries[`${name}/${level}`] = 'on';
    } else if (FIELDS[path].kind === 'codes') entries[name] = (value as string[]).join(', ');
    else if (FIELDS[path].kind === 'switch') {
      if (value === true) entries[name] = 'on';
    } else entries[name] = String(value);
  }
  if (document.chatbots) entries[OVERRIDES] = JSON.stringify(document.chatbots);
  return entries;
}

function documentOf(entries: Entries, current: PolicyDocument): PolicyDocument {
  const draft = draftOf(entries, current);
  if ('errors' in draft) throw new Error(JSON.stringify(draft.errors));
  return draft.document;
}

test('form that nobody changed proposes the policy in force', () => {
  const plain: PolicyDocument = { defaults: POLICY };
  expect(documentOf(entriesOf(plain), plain)).toEqual(plain);
  const own = { defaults: { ...POLICY, dryRun: true }, chatbots: { 'tax-board': { quorum: 1 } } };
  expect(documentOf(entriesOf(own as never), own as never)).toEqual(own);
});

test('each changed entry is in the proposal, and the order of codes is no change', () => {
  const current: PolicyDocument = { defaults: POLICY };
  const entries = {
    ...entriesOf(current),
    'defaults/rate/minimum': '12',
    'defaults/dryRun': 'on',
    'defaults/failures/codes': 'connection; timeout 5xx',
    'defaults/failures/levels/warning': 'on',
    [OVERRIDES]: '{"tax-board": {"quorum": 1}}',
  };
  expect(documentOf(entries, current)).toEqual({
    defaults: {
      ...POLICY,
      rate: { ...POLICY.rate, minimum: 12 },
      failures: { ...POLICY.failures, levels: ['warning', 'error', 'critical'] },
      dryRun: true,
    },
    chatbots: { 'tax-board': { quorum: 1 } },
  });
});

test('wrong number and wrong overrides are named by their fields', () => {
  const current: PolicyDocument = { defaults: POLICY };
  const entries = { ...entriesOf(current), 'defaults/quorum': '1.5', [OVERRIDES]: '{' };
  const draft = draftOf(entries, current);
  expect('errors' in draft && draft.errors.map(({ pointer }) => pointer)).toEqual([
    '#/defaults/quorum',
    '#/chatbots',
  ]);
});

test('overrides are an object of objects', () => {
  expect(overridesOf(undefined)).toEqual({});
  expect(overridesOf('{"a": {"quorum": null}}')).toEqual({ a: { quorum: null } });
  for (const wrong of ['[]', 'null', '{"a": 1}', '{"a": []}']) {
    expect(overridesOf(wrong)).toBe('object');
  }
});

test('limits are those of the contract', () => {
  const contract = readFileSync('../openapi.yaml', 'utf8');
  for (const path of PATHS) {
    const field = FIELDS[path];
    if (field.kind !== 'number') continue;
    const [group, key = group] = path.split('/') as [string, string?];
    const schema = path === group ? 'Policy' : `${group[0]?.toUpperCase()}${group.slice(1)}Policy`;
    const body = contract.split(`\n    ${schema}:\n`)[1]?.split(/\n {4}\w/)[0] ?? '';
    const line = body.split('\n').find((one) => one.trim().startsWith(`${key}:`));
    expect(line, path).toContain(`minimum: ${field.min}, maximum: ${field.max}`);
  }
});

test('every value is in a group, and has a name and a sentence in both languages', () => {
  expect(GROUPS.flatMap(pathsOf)).toEqual(PATHS);
  for (const words of [POLICY_WORDS.et, POLICY_WORDS.en]) {
    for (const [name, sentence] of Object.values(words.values)) {
      expect(name).not.toMatch(/\.$/);
      expect(sentence).toMatch(/^[A-ZÕÄÖÜ].*\.$/);
    }
  }
});

test('values have their unit', () => {
  expect(valueWords('rate/failurePercent', 50, 'en')).toBe('50%');
  expect(valueWords('defaults/rate/slowMillis', 10_000, 'en')).toBe('10,000 ms');
  expect(valueWords('window/bucketSeconds', 30, 'en')).toBe('30 secs');
  expect(valueWords('chatbots/tax-board/open/capSeconds', 900, 'en')).toBe('900 s (15 mins)');
  expect(valueWords('dryRun', false, 'et')).toBe('ei');
  expect(valueWords('failures/levels', [], 'en')).toBe('none');
  expect(valueWords('chatbots/tax-board/unknown', 1, 'en')).toBeUndefined();
});

test('paths of the document have words, and unknown ones stay as they are', () => {
  expect(pathWords('defaults/quorum', 'en')).toBe('Quorum: Number of observers');
  expect(pathWords('chatbots/tax-board/rate/minimum', 'en')).toBe(
    'tax-board – Rate detector: Fewest observations',
  );
  expect(pathWords('chatbots/tax-board', 'en')).toBe('chatbots/tax-board');
  expect(pathWords('chatbots/tax-board/toString', 'en')).toBe('chatbots/tax-board/toString');
});
