/** How esbuild bundles sources with all packages that they import, as ES modules for Node.js. */
import type { BuildOptions } from 'esbuild'

/** Defines what CommonJS packages expect and ES modules lack. */
const forCommonJs = `
import { createRequire as requireFrom } from 'node:module'
const require = requireFrom(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname`

export const bundling = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  banner: { js: forCommonJs.trim().replace('\n', ';') },
  // Loaded from node_modules at run time: native packages, and optional ones that are never installed.
  external: ['@napi-rs/keyring', 'pg-native', 'typescript', 'ts-node', 'tsx', './manifest.json'],
  logLevel: 'warning',
} satisfies BuildOptions
