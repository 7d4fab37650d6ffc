// The contract, and whether an answer keeps to it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const ROOT = new URL('../../../', import.meta.url);

/** The bundled contract. */
export const CONTRACT = parse(readFileSync(new URL('openapi.yaml', ROOT), 'utf8'));

// Keywords of OpenAPI beside those of JSON schemas are no mistakes.
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
for (const format of ['int64', 'int32', 'double']) ajv.addFormat(format, true);
ajv.addSchema({ $id: 'contract', ...CONTRACT });

const validators = new Map();

/** Returns the path of the contract that `path` is of, or undefined. A path without parameters comes first. */
export function templateOf(path) {
  if (path in CONTRACT.paths) return path;
  const matches = (template) => new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path);
  return Object.keys(CONTRACT.paths).find(matches);
}

/** Returns the operation of a method at a path of the contract. */
export function operation(method, path) {
  const found = CONTRACT.paths[templateOf(path)]?.[method.toLowerCase()];
  assert.ok(found, `${method} ${path} is an operation of the contract`);
  return found;
}

/** Fails unless `body` is a 200 answer of the operation. */
export function checkAnswer(method, path, body) {
  const template = templateOf(path);
  const key = `${method.toLowerCase()} ${template}`;
  if (!validators.has(key)) {
    assert.ok(operation(method, path).responses['200'].content['application/json'], `${key} answers JSON`);
    const escaped = template.replaceAll('~', '~0').replaceAll('/', '~1');
    const $ref = `contract#/paths/${encodeURI(escaped)}/${method.toLowerCase()}/responses/200/content/application~1json/schema`;
    validators.set(key, ajv.compile({ $ref }));
  }
  const isValid = validators.get(key);
  assert.ok(isValid(body), `${key}: ${ajv.errorsText(isValid.errors?.slice(0, 5))}`);
}

/** Returns the values of a schema's enumeration: `values('CauseSummary', 'kind')`. */
export function values(schema, property) {
  const found = CONTRACT.components.schemas[schema];
  const of = property === undefined ? found : found.properties[property];
  return of.enum ?? CONTRACT.components.schemas[of.$ref.split('/').at(-1)].enum;
}
