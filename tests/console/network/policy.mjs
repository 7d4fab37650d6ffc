// The policy, and a dry run of another one.
import { listed } from './answers.mjs';
import { CONTRACT } from './contract.mjs';

/** Returns an example of a schema: the contract has one for each number, and none for a switch. */
function example(schema) {
  if (schema.$ref !== undefined) return example(CONTRACT.components.schemas[schema.$ref.split('/').at(-1)]);
  if (schema.type !== 'object') return schema.example ?? schema.enum?.[0] ?? false;
  return Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, example(property)]));
}

/** The policy in force: the examples of the contract. */
export const POLICY = example(CONTRACT.components.schemas.Policy);

/** Returns a page of the dry run: some of the chatbots that are out would not be, and one goes out later. */
export function trial(path, chatbots, query) {
  const results = chatbots.map(({ name, status, statusSince, cause }, index) => {
    if (status !== 'Offline' || cause.kind !== 'failing') return { chatbot: name };
    const current = { at: statusSince, witnesses: cause.witnesses };
    const later = new Date(Date.parse(statusSince) + 90_000).toISOString().replace('.000Z', 'Z');
    return { chatbot: name, current, ...(index % 3 > 0 && { proposed: { ...current, at: later } }) };
  });
  return listed(path, 'results', results, query, 'POST');
}
