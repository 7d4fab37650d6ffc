import { expect, test } from 'vitest';
import {
  byVersion,
  componentsOf,
  count,
  histogram,
  newestOf,
  outdatedBy,
  outdatedCount,
  type Release,
} from './rollout.ts';

const at = '2026-11-27T09:00:00Z';

function release(version: string, isWithdrawn = false): Release {
  const withdrawal = { at, reason: 'wrong' };
  const fields = { component: 'ruuter', version, severity: 'optional', publishedAt: at } as const;
  return isWithdrawn ? { ...fields, withdrawal } : fields;
}

function chatbot(name: string, ruuter?: string) {
  return { name, versions: ruuter === undefined ? { widget: '1.0.0' } : { ruuter } };
}

const RELEASES = [
  release('1.10.0'),
  release('1.9.0'),
  release('2.0.0', true),
  release('2.1.0-rc.1'),
];
const CHATBOTS = [
  chatbot('old', '1.9.0'),
  chatbot('new', '1.10.0'),
  chatbot('other'),
  chatbot('ahead', '2.0.0+local'),
  chatbot('older', '1.9.0'),
];

test('newest version comes first, and withdrawn and pre-releases are not the newest', () => {
  expect(byVersion(RELEASES).map(({ version }) => version)).toEqual([
    '2.1.0-rc.1',
    '2.0.0',
    '1.10.0',
    '1.9.0',
  ]);
  expect(newestOf(RELEASES)?.version).toBe('1.10.0');
  expect(newestOf([release('1.0.0', true)])).toBeUndefined();
});

test('histogram has each version that is run once, with its release whatever the build', () => {
  const bars = histogram('ruuter', CHATBOTS, RELEASES);
  expect(bars.map(({ version, chatbots }) => [version, chatbots])).toEqual([
    ['2.0.0+local', ['ahead']],
    ['1.10.0', ['new']],
    ['1.9.0', ['old', 'older']],
  ]);
  expect(bars[0]?.release?.withdrawal?.reason).toBe('wrong');
  expect(histogram('ruuter', [chatbot('own', '9.0.0')], RELEASES)[0]?.release).toBeUndefined();
});

test('release is counted for those that run an older version of its component', () => {
  const bars = histogram('ruuter', CHATBOTS, RELEASES);
  expect(count(bars)).toBe(4);
  expect(outdatedBy('1.10.0', bars)).toBe(2);
  expect(outdatedBy('3.0.0', bars)).toBe(4);
  expect(outdatedBy('3.0.0', histogram('absent', CHATBOTS, []))).toBe(0);
});

test('withdrawn release outdates nobody', () => {
  const bars = histogram('ruuter', CHATBOTS, RELEASES);
  expect(outdatedCount(RELEASES, bars)).toBe(2);
  expect(outdatedCount([release('3.0.0', true)], bars)).toBe(0);
});

test('components are those that were published and those that are run', () => {
  expect(componentsOf(RELEASES, CHATBOTS)).toEqual(['ruuter', 'widget']);
});
