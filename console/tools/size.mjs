//! Fails if the built console is heavier than its limits: bytes after gzip -9.

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const KB = 1024;
const LIMITS = { first: 60 * KB, scripts: 160 * KB, styles: 15 * KB };

const dist = new URL('../dist/', import.meta.url);
const files = readdirSync(new URL('assets/', dist)).map((name) => `assets/${name}`);
const weight = (name) => gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length;
const total = (names) => names.reduce((sum, name) => sum + weight(name), 0);

const page = readFileSync(new URL('index.html', dist), 'utf8');
const scripts = files.filter((name) => name.endsWith('.js'));
const sizes = {
  // What the page itself names is loaded before anything else.
  first: total(scripts.filter((name) => page.includes(name))),
  scripts: total(scripts),
  styles: total(files.filter((name) => name.endsWith('.css'))),
};

for (const [name, limit] of Object.entries(LIMITS)) {
  const state = sizes[name] > limit ? 'TOO HEAVY' : 'ok';
  console.log(`${name}: ${(sizes[name] / KB).toFixed(1)} of ${limit / KB} KB gzip, ${state}`);
  if (sizes[name] > limit) process.exitCode = 1;
}
