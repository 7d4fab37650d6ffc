//! The fields of a chatbot as texts of a form, and back.

import type { Schemas } from '../api/client.ts';
import type { Entries } from '../elements/form.tsx';

type Chatbot = Schemas['Chatbot'];
type Versions = Schemas['Versions'];

/** Returns versions as lines: "intent-engine 1.4.0". */
export function textOfVersions(versions: Versions): string {
  return Object.entries(versions)
    .map(([component, version]) => `${component} ${version}`)
    .join('\n');
}

/** Returns the versions of such lines. What lacks its version gets an empty one, which the API refuses by its name. */
export function versionsOf(text = ''): Versions {
  const lines = text.split('\n').map((line) => line.trim());
  return Object.fromEntries(
    lines
      .filter((line) => line !== '')
      .map((line) => {
        const [component = '', ...version] = line.split(/[\s:=]+/);
        return [component, version.join(' ')];
      }),
  );
}

/** Returns the fields of a chatbot. The address is the one that it moves to, if it moves. */
export function entriesOf({ uri, pendingUri, type, institution, contact, versions }: Chatbot) {
  return {
    uri: pendingUri ?? uri,
    type,
    institution,
    contact,
    versions: textOfVersions(versions),
  } satisfies Entries;
}

/** Returns the change that changed entries ask for. */
export function changeOf({ versions, ...others }: Entries): Schemas['ChatbotChange'] {
  return { ...others, ...(versions !== undefined && { versions: versionsOf(versions) }) };
}

/** Returns the chatbot of a form whose fields have names that begin with `prefix`. */
export function proposalOf(entries: Entries, prefix = ''): Schemas['Proposal'] {
  const of = (name: string) => entries[`${prefix}${name}`] ?? '';
  const versions = of('versions');
  return {
    name: of('name'),
    uri: of('uri'),
    type: of('type') as Schemas['ChatbotType'],
    contact: of('contact'),
    ...(versions !== '' && { versions: versionsOf(versions) }),
  };
}
