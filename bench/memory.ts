/**
 * The memory of a training step beside PyTorch's: how much the most resident memory of a process grows by the network and three steps
 * with Adam. One process a number; the libraries of both are loaded before, by a step of a small network.
 *
 *   node scripts/setup.mjs && npx jiti bench/memory.ts resnet-18 --batch 64     networks of bench/zoo.ts; PEERS_PYTHON as in bench/peers
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import {
  adam,
  conv2d,
  createNetwork,
  dense,
  flatten,
  type ModelSpec,
  nativeBackend,
  sequential,
  sparseCategoricalCrossentropy,
} from 'heddle'
import { ownFile } from '../src/base/own-file.ts'
import { sizeOf } from '../src/base/shape.ts'
import { peersPython } from '../src/cli/bench/peers.ts'
import { coefficientsOf, updateRuleOf } from '../src/nn/optimizers/index.ts'
import zoo from './zoo.ts'

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    batch: { type: 'string', default: '64' },
    threads: { type: 'string', default: '2' },
    child: { type: 'boolean', default: false },
  },
})
const [batch, threads] = [Number(flags.batch), Number(flags.threads)]

/** The most resident memory of this process so far, in kB. */
function most(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1])
}

async function steps(spec: ModelSpec, batchSize: number): Promise<void> {
  const inputShape = spec.inputShape!
  const network = createNetwork(spec, { inputShape, seed: 1, backend: nativeBackend({ threads }) })
  const executable = network.compile(sparseCategoricalCrossentropy(), {
    batchSize,
    update: updateRuleOf(adam()),
  })
  await executable.run({
    mode: 'train',
    images: new Uint8Array(batchSize * sizeOf(inputShape)).fill(7),
    scale: 1 / 255,
    targets: new Int32Array(batchSize),
    order: Int32Array.from({ length: 3 * batchSize }, (_, i) => i % batchSize),
    coefficients: coefficientsOf(adam(), 0, 3),
    noise: { key: [1, 2], step: 0 },
  })
}

function growth(command: string, args: readonly string[], input = ''): number {
  const { stdout, stderr, status } = spawnSync(command, args, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const { before, after } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { before: number; after: number }
  return (after - before) / 1024
}

for (const name of names) {
  const spec = zoo.models[name]!
  if (flags.child) {
    const small = [conv2d({ filters: 8, kernelSize: 3 }), flatten(), dense({ units: 10 })]
    await steps(sequential(small, { inputShape: [16, 16, 3] }), 2)
    const before = most()
    await steps(spec, batch)
    console.log(JSON.stringify({ before, after: most() }))
    continue
  }
  const jiti = ownFile('node_modules/jiti/lib/jiti-cli.mjs')
  const self = ownFile('bench/memory.ts')
  const options = ['--batch', flags.batch, '--threads', flags.threads]
  const own = growth(process.execPath, [jiti, self, name, '--child', ...options])
  const job = {
    what: 'step',
    spec,
    inputShape: spec.inputShape,
    batch,
    optimizer: adam(),
    loss: sparseCategoricalCrossentropy(),
  }
  const theirs = growth(
    peersPython(),
    [ownFile('bench/peers/memory_pytorch.py'), flags.threads],
    JSON.stringify(job),
  )
  console.log(
    `${name}, batch ${batch}: Heddle ${own.toFixed(0)} MB, PyTorch ${theirs.toFixed(0)} MB, ${(theirs / own).toFixed(2)} times`,
  )
}
