//! The order of versions (Semantic Versioning 2.0.0, section 11).

interface Parts {
  /** Major, minor and patch: digits without leading zeros, up to 19 of them. */
  core: string[];
  /** The identifiers of a pre-release; none of a stable version. */
  pre: string[];
}

function partsOf(version: string): Parts {
  const [precedence = ''] = version.split('+');
  const dash = precedence.indexOf('-');
  const core = dash < 0 ? precedence : precedence.slice(0, dash);
  return { core: core.split('.'), pre: dash < 0 ? [] : precedence.slice(dash + 1).split('.') };
}

/** Compares texts by their characters: all of them are ASCII. */
function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Compares numbers as texts, since they may be larger than a number holds exactly. */
function compareNumbers(one: string, other: string): number {
  return one.length - other.length || compareTexts(one, other);
}

function compareIdentifiers(one: string, other: string): number {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber && isOtherNumber) return compareNumbers(one, other);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return compareTexts(one, other);
}

/** Compares items in their order: that of the first difference; without one, fewer items come first. */
function compareLists(
  one: string[],
  other: string[],
  compare: (one: string, other: string) => number,
): number {
  for (const [at, item] of one.entries()) {
    const counterpart = other[at];
    if (counterpart === undefined) return 1;
    const order = compare(item, counterpart);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** Returns a negative number if `one` precedes `other`, 0 if they differ in build metadata at most. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  const core = compareLists(a.core, b.core, compareNumbers);
  if (core !== 0) return core;
  // A pre-release precedes the version that it is one of.
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  return compareLists(a.pre, b.pre, compareIdentifiers);
}

/** Returns whether a version is a pre-release. */
export function isPreRelease(version: string): boolean {
  return partsOf(version).pre.length > 0;
}

/**
 * Returns whether the release `version` is an update for `running`, as `GET /updates` has it: newer, and either stable
 * or a pre-release of the very version that `running` is a pre-release of.
 */
export function isUpdate(version: string, running: string): boolean {
  const [release, current] = [partsOf(version), partsOf(running)];
  const isSameCore = compareLists(release.core, current.core, compareNumbers) === 0;
  const isOnTrack = release.pre.length === 0 || (current.pre.length > 0 && isSameCore);
  return isOnTrack && compareVersions(running, version) < 0;
}
