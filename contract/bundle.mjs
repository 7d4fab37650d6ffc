// Prints the contract as one JSON document: every reference to another file becomes one to `components`.
// `python -m centops_contract` runs this.
import { bundle, createConfig } from '@redocly/openapi-core';

const config = await createConfig({});
const { bundle: document, problems } = await bundle({ ref: process.argv[2], config });
for (const { message, location } of problems) {
  console.error(`${location[0]?.source.absoluteRef} ${location[0]?.pointer ?? '#'}: ${message}`);
}
if (problems.length === 0) process.stdout.write(JSON.stringify(document.parsed));
process.exitCode = problems.length > 0 ? 1 : 0;
