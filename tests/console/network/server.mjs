// Serves the built console and generated answers at one origin, as CloudFront does: with the Content-Security-Policy of
// template.yaml, with `index.html` at each address without a file name, and compressed.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';

const ROOT = new URL('../../../', import.meta.url);
const DIST = new URL('console/dist/', ROOT);
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

/** Returns the Content-Security-Policy that the template gives every answer of the console. */
function contentSecurityPolicy() {
  // The tags of CloudFormation are not needed, so they are not resolved.
  const template = parse(readFileSync(new URL('template.yaml', ROOT), 'utf8'), { logLevel: 'silent' });
  const [policy] = Object.values(template.Resources).filter(
    (one) => one.Type === 'AWS::CloudFront::ResponseHeadersPolicy',
  );
  const headers = policy.Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig;
  return headers.ContentSecurityPolicy.ContentSecurityPolicy.trim();
}

/** A compressed answer. */
function packed(status, type, body, headers = {}) {
  return { status, body: gzipSync(body), headers: { 'Content-Type': type, 'Content-Encoding': 'gzip', ...headers } };
}

/** Returns the answer of a file of the built console. */
function page(path) {
  const name = extname(path) === '' ? 'index.html' : path.slice(1);
  const file = new URL(name, DIST);
  if (!file.href.startsWith(DIST.href) || !existsSync(file)) return packed(404, 'text/plain', 'There is no such file.');
  return packed(200, TYPES[extname(name)] ?? 'application/octet-stream', readFileSync(file));
}

/**
 * Serves the console with `answers` until `close` is called. An answer of the API is what `answers(method, path, query)`
 * returns: `{ status, body, etag }`. Answers of the same request are compressed once, until `forget` is called.
 */
export async function serve(answers) {
  assert.ok(existsSync(new URL('index.html', DIST)), 'the console is built: make console');
  const policy = contentSecurityPolicy();
  assert.match(policy, /require-trusted-types-for 'script'/);
  const kept = new Map();
  const answer = (method, url) => {
    if (!url.pathname.startsWith('/api/')) return page(url.pathname);
    const { status = 200, body, etag } = answers(method, url.pathname.slice('/api'.length), url.searchParams);
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    return packed(status, type, JSON.stringify(body), { 'Cache-Control': 'no-store', ...(etag && { ETag: etag }) });
  };
  const server = createServer((request, response) => {
    request.resume();
    const key = `${request.method} ${request.url}`;
    if (!kept.has(key)) kept.set(key, answer(request.method, new URL(request.url, 'http://console')));
    const { status, body, headers } = kept.get(key);
    response.writeHead(status, { ...headers, 'Content-Security-Policy': policy, 'Content-Length': body.length });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { address: `http://127.0.0.1:${server.address().port}`, forget: () => kept.clear(), close };
}
