// Prints the contract as one JSON document: every reference to another file becomes one to `components`.
// `python -m centops_contract` runs this.
import { bundle, createConfig, formatProblems } from '@redocly/openapi-core';

const config = await createConfig({});
const { bundle: document, problems } = await bundle({ ref: process.argv[2], config });
if (problems.length > 0) {
  formatProblems(problems, { format: 'stylish', totals: { errors: problems.length, warnings: 0, ignored: 0 } });
  process.exitCode = 1;
} else {
  process.stdout.write(JSON.stringify(document.parsed));
}
