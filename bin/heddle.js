#!/usr/bin/env node
// Says what is missing in plain words, before anything is loaded that would fail with a stack.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

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
} else if (find('commander', import.meta.url)) {
  const { main } = await import(entry.href)
  process.exitCode = await main(process.argv)
} else {
  await commandLine()
}

/** The library comes without what the command line needs: that is @heddle/cli, beside it or, under npx, fetched as npx fetches packages. */
async function commandLine() {
  const beside = find('@heddle/cli/bin/heddle.js', pathToFileURL(join(process.cwd(), 'package.json')).href)
  if (beside) {
    await import(pathToFileURL(beside).href)
    return
  }
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stderr.write(
    'heddle: the command line and the studio are in the package @heddle/cli, which is not installed here. ' +
      'Install it with "npm install @heddle/cli".\n',
  )
  if (process.env.npm_command !== 'exec') {
    process.exitCode = 1
    return
  }
  process.stderr.write('heddle: npx fetches it for now.\n')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = ['exec', '--yes', `--package=@heddle/cli@${version}`, '--', 'heddle', ...process.argv.slice(2)]
  const shell = process.platform === 'win32'
  process.exitCode = spawnSync(npm, args, { stdio: 'inherit', shell }).status ?? 1
}

function find(name, from) {
  try {
    return createRequire(from).resolve(name)
  } catch {
    return null
  }
}
