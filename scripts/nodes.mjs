// Runs a chosen part of Heddle on the Nodes that it promises beside the running one, on which the whole suite runs: a training by the
// command line, its record, its saved model and a prediction. The results have to be the same to the last bit, without a warning.
//
//   node scripts/nodes.mjs
//
// The npm registry has Node as packages without scripts. They are kept in build/nodes. Without the registry this is skipped, and so is a Node
// that does not start here: those for Linux need glibc.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSIONS = ['20.20.2', '22.23.5', '24.22.3']
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'build/nodes')
// Options and colours of this environment may make a Node warn.
const { NODE_OPTIONS: _options, FORCE_COLOR: _colour, ...env } = process.env
const experiment = `
import { adam, conv2d, dense, experiment, fashionMnistMini, flatten, sequential } from 'heddle'
const small = sequential([conv2d({ filters: 8, kernelSize: 3, strides: 2, activation: 'relu' }), flatten(), dense({ units: 10, activation: 'softmax' })])
export default experiment({
  name: 'small', data: fashionMnistMini(), models: { small },
  train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 1 },
})
`
// Without a compiler the checkout has no native engine, and WebAssembly is what users have then.
const backend = existsSync(join(root, 'build/native/heddle.node')) ? 'native' : 'wasm'
const [running] = process.versions.node.split('.')
const expected = resultsOn(process.execPath)
for (const version of VERSIONS.filter(each => !each.startsWith(`${running}.`))) {
  const node = nodeOf(version)
  if (!node) {
    console.log(
      `Node ${version}: skipped, the npm registry has no such program that starts on this machine, or cannot be reached`,
    )
    continue
  }
  const found = resultsOn(node)
  const same = JSON.stringify(found) === JSON.stringify(expected)
  console.log(
    `Node ${version}: ${same ? 'trains, records, opens, predicts as' : 'OTHER RESULTS THAN'} Node ${running}`,
  )
  if (!same) {
    console.log({ found, expected })
    process.exitCode = 1
  }
}

/** The program, from build/nodes or the registry; `null` where there is none that starts. */
function nodeOf(version) {
  const program = join(folder, version, 'package/bin/node')
  if (!existsSync(program) && !isFetched(version)) return null
  return spawnSync(program, ['--version'], { env }).status === 0 ? program : null
}

function isFetched(version) {
  const place = join(folder, version)
  const begun = `${place}.part`
  rmSync(begun, { recursive: true, force: true })
  mkdirSync(begun, { recursive: true })
  const name = `node-${process.platform}-${process.arch}@${version}`
  const args = ['pack', '--silent', '--prefer-offline', '--fetch-retries=0', name]
  const packed = spawnSync('npm', args, { cwd: begun, encoding: 'utf8', timeout: 30_000 })
  if (packed.status !== 0) return false
  if (spawnSync('tar', ['-xzf', packed.stdout.trim()], { cwd: begun }).status !== 0) return false
  rmSync(join(begun, packed.stdout.trim()))
  renameSync(begun, place)
  return true
}

/** What does not depend on the time, of the part that runs on this Node. */
function resultsOn(node) {
  const work = mkdtempSync(join(tmpdir(), 'heddle-nodes-'))
  try {
    writeFileSync(join(work, 'small.ts'), experiment)
    const heddle = (...args) => {
      const { status, stdout, stderr } = spawnSync(node, [join(root, 'bin/heddle.js'), ...args], {
        cwd: work,
        encoding: 'utf8',
        env: { ...env, HEDDLE_STORE: join(work, 'store'), HEDDLE_BACKEND: backend },
      })
      if (status !== 0 || /warning/i.test(stderr))
        throw new Error(`heddle ${args.join(' ')} on ${node} ended with ${status}: ${stderr}`)
      return stdout
    }
    heddle('run', 'small.ts', '--save', 'models', '--json')
    const [{ loss, testLoss }] = JSON.parse(heddle('runs', 'ls', '--json'))
    const data = ['--data', 'fashion-mnist-mini', '--index', '0,1', '--json']
    return {
      loss,
      testLoss,
      fromFile: JSON.parse(heddle('predict', 'models/small-1.safetensors', ...data)),
      fromRun: JSON.parse(heddle('predict', 'last', ...data)),
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
