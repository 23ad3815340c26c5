// Builds the site of the documents into build/site: npm run docs. What VitePress needs is installed into site/ the first time.
//
//   node scripts/docs.mjs [serve | check]        check: looks at every page of it in Chromium (site/check.ts)
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const site = join(root, 'site')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

function run(command, args, cwd = root) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

run(process.execPath, [join(root, 'scripts/setup.mjs'), '--wasm'])
if (!existsSync(join(site, 'node_modules/vitepress'))) {
  // Not `npm ci`: docs/decisions/0004-npm-install.md.
  run(npm, ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], site)
}
const jiti = join(root, 'node_modules/jiti/lib/jiti-cli.mjs')
run(process.execPath, [jiti, 'site/stage.ts'])
run(
  process.execPath,
  [join(site, 'node_modules/vitepress/bin/vitepress.js'), process.argv[2] === 'serve' ? 'dev' : 'build'],
  site,
)
if (process.argv[2] === 'check') run(process.execPath, [jiti, 'site/check.ts', ...process.argv.slice(3)])
