/// Builds the console. React packages run on Preact: the same API at a third of the bytes.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: {
      'react/jsx-runtime': 'preact/jsx-runtime',
      'react-dom': 'preact/compat',
      react: 'preact/compat',
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // An inline script would need an exception from the Content-Security-Policy.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
    // TanStack Query marks its files for React's server components. There are none here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
