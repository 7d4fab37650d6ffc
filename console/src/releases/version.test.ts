import { expect, test } from 'vitest';
import { compareVersions, isPreRelease, isUpdate } from './version.ts';

/** The example of section 11.4 of Semantic Versioning, with further versions around it. */
const ASCENDING = [
  '0.9.10',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.2',
  '1.0.10',
  '1.2.0',
  '1.10.0',
  '2.0.0-1',
  '2.0.0--',
  '2.0.0-1-1',
  '2.0.0',
  '2.0.9007199254740992',
  '2.0.9007199254740993',
];

test('versions are in the order of Semantic Versioning', () => {
  for (const [at, one] of ASCENDING.entries()) {
    for (const [otherAt, other] of ASCENDING.entries()) {
      expect(Math.sign(compareVersions(one, other)), `${one} ${other}`).toBe(
        Math.sign(at - otherAt),
      );
    }
  }
});

test('build metadata does not count, even with a dash', () => {
  expect(compareVersions('1.0.0+build-1', '1.0.0')).toBe(0);
  expect(compareVersions('1.0.0-rc.1+a', '1.0.0-rc.1+b')).toBe(0);
  expect(isPreRelease('1.0.0+build-1')).toBe(false);
  expect(isPreRelease('1.0.0-rc.1')).toBe(true);
});

test('stable release updates whatever is older', () => {
  for (const running of ['1.0.0', '1.9.9', '2.0.0-rc.1', '1.9.0+x'])
    expect(isUpdate('2.0.0', running)).toBe(true);
  for (const running of ['2.0.0', '2.0.0+x', '2.0.1-rc.1', '10.0.0'])
    expect(isUpdate('2.0.0', running)).toBe(false);
});

test('pre-release updates earlier pre-releases of its version only', () => {
  for (const running of ['2.0.0-rc.1', '2.0.0-alpha', '2.0.0-rc.1+build.9'])
    expect(isUpdate('2.0.0-rc.2', running)).toBe(true);
  for (const running of [
    '2.0.0-rc.2+b',
    '2.0.0-rc.3',
    '2.0.0',
    '1.9.0',
    '1.9.9-rc.1',
    '1.0.0-rc.2',
  ])
    expect(isUpdate('2.0.0-rc.2', running)).toBe(false);
});
