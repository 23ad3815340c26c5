#!/usr/bin/env node
// Says what is missing in plain words, before anything is loaded that would fail with a stack.
import { existsSync } from 'node:fs'

const entry = new URL('../dist/cli/main.js', import.meta.url)
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `heddle: Node ${process.version} is too old; install Node 20.19 or newer from https://nodejs.org.\n`,
  )
  process.exitCode = 2
} else if (!existsSync(entry)) {
  process.stderr.write(
    'heddle: this checkout is not built yet. Run "node scripts/setup.mjs" in its folder: it installs and compiles.\n',
  )
  process.exitCode = 1
} else {
  const { main } = await import(entry.href)
  process.exitCode = await main(process.argv)
}
