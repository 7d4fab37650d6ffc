// The operations of openapi.yaml, as the bundler writes it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const CONTRACT = new URL('../../../openapi.yaml', import.meta.url);

/** Returns each operation with its method, the pattern of its path, its permitted callers, and whether it needs a token. */
export function operations() {
  const found = [];
  let path;
  for (const line of readFileSync(CONTRACT, 'utf8').split('\n')) {
    const [, begun] = line.match(/^ {2}'?(\/[^:']*)'?:$/) ?? [];
    const [, method] = line.match(/^ {4}(get|put|post|patch|delete):$/) ?? [];
    const [, key, value] = line.match(/^ {6}(operationId|x-centops-callers): (.+)$/) ?? [];
    if (/^[a-z]/.test(line)) path = undefined;
    if (begun !== undefined) path = begun;
    if (path === undefined) continue;
    const last = found.at(-1);
    if (method !== undefined) found.push({ method: method.toUpperCase(), path, pattern: patternOf(path) });
    if (key === 'operationId') last.id = value;
    if (key === 'x-centops-callers') last.callers = value.slice(1, -1).split(', ');
    if (/^ {6}- bearer: \[\]$/.test(line)) last.hasToken = true;
  }
  assert.ok(found.length > 100 && found.every((one) => one.id && one.callers), 'every operation is read');
  return found;
}

function patternOf(path) {
  return new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
}

/** Returns the operation of a request; one with fewer parameters in its path comes first. */
export function operationOf(all, { method, path }) {
  const parameters = (one) => one.path.split('{').length;
  return all
    .filter((one) => one.method === method && one.pattern.test(path))
    .sort((one, other) => parameters(one) - parameters(other))[0];
}
