//! Who runs what, and for whom a release is an update.

import type { Schemas } from '../api/client.ts';
import { compareVersions, isPreRelease, isUpdate } from './version.ts';

export type Release = Schemas['Release'];
type Chatbot = Pick<Schemas['Chatbot'], 'name' | 'versions'>;

/** The chatbots that run a version. */
export interface Bar {
  version: string;
  chatbots: string[];
  /** The release of this version; none if it was not published here. */
  release: Release | undefined;
}

/** Returns the releases of a component, the newest version first. */
export function byVersion(releases: Release[]): Release[] {
  return [...releases].sort((one, other) => compareVersions(other.version, one.version));
}

/** Returns the newest release that is neither withdrawn nor a pre-release. */
export function newestOf(releases: Release[]): Release | undefined {
  return byVersion(releases).find(
    ({ version, withdrawal }) => withdrawal === undefined && !isPreRelease(version),
  );
}

/** Returns the versions of `component` that chatbots run, with who runs each; the newest first. */
export function histogram(component: string, chatbots: Chatbot[], releases: Release[]): Bar[] {
  const running = new Map<string, string[]>();
  for (const { name, versions } of chatbots) {
    const version = versions[component];
    if (version === undefined) continue;
    const names = running.get(version);
    if (names === undefined) running.set(version, [name]);
    else names.push(name);
  }
  const of = (version: string) =>
    releases.find((one) => compareVersions(one.version, version) === 0);
  return [...running]
    .map(([version, names]) => ({ version, chatbots: names, release: of(version) }))
    .sort((one, other) => compareVersions(other.version, one.version));
}

/** Returns the number of chatbots that `version` of the component of `bars` is an update for. */
export function outdatedBy(version: string, bars: Bar[]): number {
  return count(bars.filter((bar) => isUpdate(version, bar.version)));
}

/** Returns the number of chatbots for which some release of the component of `bars` is an update. */
export function outdatedCount(releases: Release[], bars: Bar[]): number {
  const offered = releases.filter(({ withdrawal }) => withdrawal === undefined);
  return count(bars.filter((bar) => offered.some(({ version }) => isUpdate(version, bar.version))));
}

/** Returns the number of chatbots of all `bars`. */
export function count(bars: Bar[]): number {
  return bars.reduce((sum, { chatbots }) => sum + chatbots.length, 0);
}

/** Returns all components that were published or are run, by name. */
export function componentsOf(releases: Release[], chatbots: Chatbot[]): string[] {
  const names = new Set(releases.map(({ component }) => component));
  for (const { versions } of chatbots) for (const name of Object.keys(versions)) names.add(name);
  return [...names].sort();
}
