// Runs before `npm pack` and `npm publish`: builds everything that the package promises and fails if anything is missing.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// npm reads the list of packed files from stdout.
const stdio = ['ignore', 2, 2]
execFileSync(process.execPath, [join(root, 'scripts/setup.mjs'), '--wasm'], { cwd: root, stdio })

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const listing = execFileSync(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
})
const packed = new Set(JSON.parse(listing)[0].files.map(({ path }) => path))

const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const promised = [
  ...Object.values(exports).flatMap(target => (typeof target === 'string' ? target : Object.values(target))),
  ...Object.values(bin),
  'LICENSE',
  'README.md',
  'build/page/index.html',
  'build/predict.wasm',
  'build/studio/index.html',
  'dist/cli/main.js',
  'native/binding.cc',
  'scripts/build-native.mjs',
  'scripts/native-units.mjs',
].map(path => path.replace(/^\.\//, ''))
const missing = promised.filter(path => !packed.has(path))
if (missing.length > 0) {
  console.error(`heddle: the package would lack ${missing.join(', ')}. The package was not made.`)
  process.exit(1)
}
console.error(`heddle: ${packed.size} files are packed; all ${promised.length} promised ones are among them.`)
