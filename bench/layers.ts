/**
 * The time of a training step by layer: milliseconds of each layer forward, backward and updating, how much of the peak of the
 * multiply-adds that is, counted dense, and the numbers it reads and writes at least, in megabytes. One thread, the best of many rounds.
 *
 *   node scripts/setup.mjs && npx jiti bench/layers.ts        the reports' networks, batch 64; writes bench/results/layers.json
 *   … --zoo resnet-50,densenet --seconds 1 --threads 2        networks of bench/zoo.ts, batch 64; prints
 */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { adam, createNetwork, type ModelSpec, nativeBackend, sparseCategoricalCrossentropy } from 'heddle'
import activationHeads from '../experiments/activation-heads.ts'
import basicVsStandard from '../experiments/basic-vs-standard.ts'
import conv1dEight from '../experiments/conv1d-eight.ts'
import threeClass from '../experiments/three-class.ts'
import threeConv from '../experiments/three-conv.ts'
import { sizeOf } from '../src/base/shape.ts'
import { nativePeak } from '../src/engine/backends/native/native.ts'
import { coefficientsOf, updateRuleOf } from '../src/nn/optimizers/index.ts'
import zoo from './zoo.ts'

const reports: Readonly<Record<string, ModelSpec | undefined>> = {
  'conv1d-eight/model-5': conv1dEight.models['model-5'],
  'activation-heads/model-1': activationHeads.models['model-1'],
  'basic-vs-standard/standard': basicVsStandard.models.standard,
  'three-class/model-2': threeClass.models['model-2'],
  'three-class/model-4': threeClass.models['model-4'],
  'three-conv/reported': threeConv.models.reported,
}

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '1' },
    zoo: { type: 'string' },
  },
})
const threads = Number(flags.threads)
const models = flags.zoo
  ? Object.fromEntries(flags.zoo.split(',').map(name => [name, zoo.models[name]]))
  : reports
const BATCH = 64
const [STEPS, EXAMPLES] = flags.zoo ? [2, 256] : [20, 6000]
const targets = Int32Array.from({ length: EXAMPLES }, (_, i) => i % 3)
const order = Int32Array.from({ length: STEPS * BATCH }, (_, i) => (i * 7919) % EXAMPLES)
const coefficients = coefficientsOf(adam(), 0, STEPS)
const megabytes = (numbers: number): number => (4 * numbers) / 1e6

const results = []
for (const [model, spec] of Object.entries(models)) {
  const backend = nativeBackend({ threads })
  const network = createNetwork(spec!, { inputShape: spec!.inputShape ?? [28, 28, 1], seed: 1, backend })
  const size = sizeOf(network.model.inputShape)
  const images = Uint8Array.from({ length: EXAMPLES * size }, (_, i) => (i * 2654435761) >>> 24)
  const executable = network.compile(sparseCategoricalCrossentropy(), {
    batchSize: BATCH,
    update: updateRuleOf(adam()),
  })
  let best: { ms: number; ops: Float64Array } = { ms: Number.POSITIVE_INFINITY, ops: new Float64Array() }
  let rounds = 0
  const end = performance.now() + 1000 * Number(flags.seconds)
  for (; performance.now() < end; rounds++) {
    const started = performance.now()
    const { opSeconds } = await executable.run({
      mode: 'train',
      images,
      scale: 1 / 255,
      targets,
      order,
      coefficients,
      noise: { key: [1, 2], step: 0 },
      profile: true,
    })
    const ms = (performance.now() - started) / STEPS
    if (ms < best.ms) best = { ms, ops: opSeconds! }
  }
  const layers = executable.program.groups.map(({ ops, inputs, output }, i) => {
    const times = [0, 1, 2].map(stage => (1000 * best.ops[3 * i + stage]!) / STEPS)
    const layer = network.model.layers.find(({ name }) => name === ops[0].layer)
    const passes = !layer?.trainableCount ? 0 : i === 0 ? 2 : 3
    const gigaOperations = (2 * passes * BATCH * (layer?.multiplyAdds ?? 0)) / 1e9
    const total = times.reduce((sum, ms) => sum + ms, 0)
    return {
      layer: ops[0].layer,
      ops: ops.map(({ kind }) => kind).join(' + '),
      forwardMs: times[0]!,
      backwardMs: times[1]!,
      updateMs: times[2]!,
      gigaOperations,
      // Forward what is read and written; backward that again, with a gradient of each.
      megabytes: BATCH * 3 * megabytes([...inputs, output].reduce((sum, { value }) => sum + value.size, 0)),
      gflops: (1000 * gigaOperations) / total,
    }
  })
  const peakGflops = nativePeak({ threads })
  results.push({ model, stepMs: best.ms, rounds, peakGflops, layers })
  console.log(`\n${model}: ${best.ms.toFixed(3)} ms a step, peak ${peakGflops.toFixed(0)} GFLOPS`)
  for (const { layer, ops, forwardMs, backwardMs, updateMs, gflops, megabytes } of layers) {
    const columns = [forwardMs, backwardMs, updateMs].map(ms => ms.toFixed(3).padStart(8)).join('')
    const share = gflops > 0 ? `${((100 * gflops) / peakGflops).toFixed(0)} %`.padStart(7) : ''
    const moved = `${megabytes.toFixed(1)} MB`.padStart(12)
    console.log(`  ${layer.padEnd(24)}${ops.padEnd(48)}${columns}${moved}${share}`)
  }
}

if (!flags.zoo) {
  const machine = { cpu: cpus()[0]!.model.trim(), threads, node: process.version, load: loadavg()[0] }
  const file = new URL('results/layers.json', import.meta.url)
  writeFileSync(file, `${JSON.stringify({ machine, batch: BATCH, steps: STEPS, results }, null, 2)}\n`)
}
