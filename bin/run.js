#!/usr/bin/env node
// Kept in syntax that every Node.js since 14 can parse: an older one must get one clear line, not a syntax error.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    `mhloop needs Node.js 24 or newer, and this is ${process.version} (${process.execPath}). Install Node.js 24, or run it through npx: npx -p node@24 -p mhloop mhloop\n`,
  )
  process.exitCode = 1
} else {
  const { main } = await import('../dist/cli/main.js')
  await main(process.argv.slice(2), import.meta.url)
}
