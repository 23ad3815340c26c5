// Lays out what is published, one folder a package, from package.json of the checkout: `heddle` (the library, without any dependency but
// its engines), `@heddle/cli` (what the command line and the studio need beside it), and one package with the engine of each machine.
// docs/decisions says why.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { minifySync } from 'vite'
import { packageOf, targets } from './targets.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Files of the checkout that only the command line uses: src/base/own-file.ts finds them. */
const OF_COMMAND_LINE = [
  'bench/peers',
  'build/page',
  'build/predict.wasm',
  'build/studio',
  'native',
  'scripts/build-native.mjs',
  'scripts/native-units.mjs',
  'scripts/verify',
]

/** Largest unpacked size of each package, in MB: a package that grows past it needs a reason. */
export const budgets = { heddle: 5.2, '@heddle/cli': 2.6, engine: 2.9 }

const shared = () => ({
  version: own.version,
  license: own.license,
  engines: own.engines,
  ...(repository() && { repository: repository() }),
  publishConfig: { access: 'public', provenance: true },
})

/** npm refuses a provenance that names another repository than the package. */
function repository() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env
  if (own.repository || !name) return own.repository
  return { type: 'git', url: `git+${server}/${name}.git` }
}

/** Lays out all packages for these targets in `folder`. Returns the folders with their manifests. */
export function layOut(folder, engines) {
  rmSync(folder, { recursive: true, force: true })
  return [library(folder, engines), commandLine(folder), ...engines.map(one => engine(folder, one))]
}

function library(folder, engines) {
  const packages = { ...own.dependencies, ...own.optionalDependencies }
  const manifest = {
    name: own.name,
    description: own.description,
    ...shared(),
    type: own.type,
    sideEffects: own.sideEffects,
    bin: own.bin,
    exports: own.exports,
    optionalDependencies: Object.fromEntries(
      engines.filter(({ target }) => target.ran).map(({ target }) => [packageOf(target), own.version]),
    ),
    peerDependencies: { '@heddle/cli': own.version, ...packages },
    peerDependenciesMeta: Object.fromEntries(
      ['@heddle/cli', ...Object.keys(packages)].map(name => [name, { optional: true }]),
    ),
  }
  const files = own.files.filter(file => !file.startsWith('!') && !OF_COMMAND_LINE.includes(file))
  const place = write(join(folder, 'heddle'), manifest, [...files, 'README.md', 'CHANGELOG.md'])
  withoutComments(join(place.folder, 'dist'))
  withoutUnreachedTypes(place.folder, manifest.exports)
  withoutSpaces(join(place.folder, 'schema'))
  return place
}

/** Declarations have the comments; in the code they and its spaces would be 1 MB more. Names stay, and so do comments that bundlers read. */
function withoutComments(dist) {
  const names = readdirSync(dist, { recursive: true }).filter(name => name.endsWith('.js'))
  for (const file of names.map(name => join(dist, name))) {
    const code = readFileSync(file, 'utf8')
    if (code.includes('@vite-ignore')) continue
    const { code: bare, errors } = minifySync(file, code, { module: true, compress: false, mangle: false })
    if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`)
    writeFileSync(file, bare)
  }
}

/** A program cannot import what no entry of the package leads to, so those declarations stay out: 0.4 MB, most of them of the command line. */
function withoutUnreachedTypes(folder, entries) {
  const waiting = Object.values(entries).flatMap(({ types }) => (types ? [join(folder, types)] : []))
  const reached = new Set(waiting)
  for (const file of waiting) {
    for (const [, name] of readFileSync(file, 'utf8').matchAll(
      /(?:from |import\(|import )['"](\.[^'"]+)['"]/g,
    )) {
      const target = join(dirname(file), name.replace(/\.[jt]s$/, '.d.ts'))
      if (reached.has(target)) continue
      reached.add(target)
      waiting.push(target)
    }
  }
  for (const name of readdirSync(join(folder, 'dist'), { recursive: true })) {
    const file = join(folder, 'dist', name)
    if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file)
  }
}

function withoutSpaces(schemas) {
  for (const name of readdirSync(schemas)) {
    const file = join(schemas, name)
    writeFileSync(file, JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))))
  }
}

function commandLine(folder) {
  const manifest = {
    name: '@heddle/cli',
    description: 'The command line and the studio of Heddle',
    ...shared(),
    type: 'module',
    bin: { heddle: 'bin/heddle.js' },
    dependencies: { heddle: own.version, ...own.dependencies },
    optionalDependencies: own.optionalDependencies,
  }
  const place = write(join(folder, 'cli'), manifest, OF_COMMAND_LINE)
  mkdirSync(join(place.folder, 'bin'))
  writeFileSync(
    join(place.folder, 'bin/heddle.js'),
    "#!/usr/bin/env node\nimport { main } from 'heddle/cli'\n\nprocess.exitCode = await main(process.argv)\n",
  )
  writeFileSync(
    join(place.folder, 'README.md'),
    '# @heddle/cli\n\nThe command line and the studio of [Heddle](https://www.npmjs.com/package/heddle): `npm install @heddle/cli`, then `npx heddle --help`.\n' +
      'The library alone is the package `heddle`.\n',
  )
  return place
}

function engine(folder, { target, addon }) {
  const { name, os, cpu, libc, ran } = target
  const manifest = {
    name: packageOf(target),
    description: `The native engine of Heddle for ${name}`,
    ...shared(),
    main: 'heddle.node',
    files: ['heddle.node'],
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    // Yarn keeps packages in archives, from which no library is loaded.
    preferUnplugged: true,
  }
  const place = write(join(folder, `engine-${name}`), manifest, [])
  cpSync(addon, join(place.folder, 'heddle.node'))
  const tried = ran
    ? `Its contract suite (the results of every layer beside plain loops) passed on ${ran}.`
    : 'It was compiled, and never run: there was no such machine. It is not published as supported.'
  writeFileSync(
    join(place.folder, 'README.md'),
    `# ${manifest.name}\n\nThe native engine of Heddle for ${name}. The package \`heddle\` installs it where it is needed.\n\n${tried}\n\n` +
      'It contains parts of LLVM (libc++, libc++abi, libunwind; Apache License 2.0 with LLVM Exceptions).\n',
  )
  return place
}

function write(folder, manifest, files) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  for (const path of ['LICENSE', ...files]) {
    cpSync(join(root, path), join(folder, path), {
      recursive: true,
      filter: file => !/\.tsbuildinfo$|\.heddle-stamp$|\.wasm\.stamp$/.test(file),
    })
  }
  return { folder, manifest }
}

/** Packs the folders into `folder`. Returns each file with its manifest and its sizes in bytes. */
export function pack(places, folder) {
  mkdirSync(folder, { recursive: true })
  return places.map(place => {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
    const [packed] = JSON.parse(execFileSync('npm', args, { cwd: place.folder, encoding: 'utf8' }))
    const { filename, size, unpackedSize } = packed
    const file = join(folder, filename.replace('@', '').replace('/', '-'))
    return { file, manifest: place.manifest, sizeBytes: size, unpackedBytes: unpackedSize }
  })
}

/** What is too large, in words. */
export function tooLarge(packed) {
  return packed.flatMap(({ manifest: { name }, unpackedBytes }) => {
    const most = budgets[name] ?? budgets.engine
    const size = unpackedBytes / 1e6
    return size > most ? [`${name} has ${size.toFixed(2)} MB; at most ${most} MB are planned`] : []
  })
}

/** The target of this machine, for a checkout that has built its own engine. */
export function ownTarget() {
  const musl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime
  return targets.find(
    ({ os, cpu, libc }) =>
      os === process.platform && cpu === process.arch && (!libc || (libc === 'musl') === musl),
  )
}
