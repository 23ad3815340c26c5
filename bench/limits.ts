/**
 * What training costs besides its speed, report 002's standard network by `fit`: that time grows in proportion to the
 * images and not faster with the batch, how much memory a process takes for all 60,000 images, and how late timers come
 * meanwhile. Each measurement is a process of its own.
 *
 *   node scripts/setup.mjs --data && npx jiti bench/limits.ts        two minutes
 *
 * Writes bench/results/limits.json.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { adam, createNetwork, fashionMnist, fit, loadDataset, nativeBackend } from 'heddle'
import experiment from '../experiments/basic-vs-standard.ts'

interface Cost {
  readonly images: number
  readonly batchSize: number
  readonly secondsAnEpoch: number
  readonly microsecondsAnImage: number
  readonly timerDelayP99Ms: number
  readonly peakMegabytes: number
}

async function measure(count: number, batchSize: number): Promise<Cost> {
  const all = await loadDataset(fashionMnist())
  const dataset = { ...all, train: all.train.first(count) }
  const network = createNetwork(experiment.models.standard!, {
    inputShape: [28, 28, 1],
    seed: 1,
    backend: nativeBackend(),
  })
  const epochs = Math.max(2, Math.round(40_000 / count))
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const options = { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', batchSize, seed: 1 } as const
  await fit(network, dataset, { ...options, epochs: 1 })
  delay.enable()
  const started = performance.now()
  await fit(network, dataset, { ...options, epochs })
  const seconds = (performance.now() - started) / 1000 / epochs
  delay.disable()
  return {
    images: count,
    batchSize,
    secondsAnEpoch: seconds,
    microsecondsAnImage: (1e6 * seconds) / count,
    // The timer itself waits for a millisecond.
    timerDelayP99Ms: delay.percentile(99) / 1e6,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  }
}

const [count, batchSize] = process.argv.slice(2).map(Number)
if (count) {
  console.log(JSON.stringify(await measure(count, batchSize!)))
} else {
  const self = fileURLToPath(import.meta.url)
  const sizes = [1000, 5000, 20_000, 60_000].map(images => [images, 64])
  const batches = [16, 32, 128, 256, 1024].map(batch => [20_000, batch])
  const costs = [...sizes, ...batches].map(job => {
    const output = execFileSync('npx', ['jiti', self, ...job.map(String)], { encoding: 'utf8' })
    const cost = JSON.parse(output) as Cost
    console.log(
      `${cost.images} images, batch ${cost.batchSize}: ${cost.secondsAnEpoch.toFixed(2)} s an epoch, ` +
        `${cost.microsecondsAnImage.toFixed(1)} µs an image, timers ${cost.timerDelayP99Ms.toFixed(1)} ms late (99 %), ` +
        `${cost.peakMegabytes.toFixed(0)} MB`,
    )
    return cost
  })
  const machine = {
    cpu: cpus()[0]!.model.trim(),
    cores: availableParallelism(),
    node: process.version,
    load: loadavg()[0],
  }
  const file = new URL('results/limits.json', import.meta.url)
  writeFileSync(file, `${JSON.stringify({ machine, costs }, null, 2)}\n`)
}
