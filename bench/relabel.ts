/**
 * Seconds for each of many test images that get another label: from a key to the next image with its explanation. Opens the cell
 * of the confusion matrix with the most mistakes, its first image, and presses a digit for each image, when what speaks for its
 * class is there.
 *
 *   node scripts/setup.mjs && npx jiti bench/relabel.ts        about two minutes, needs chromium
 *
 * Trains a linear network on Fashion-MNIST, whose test images have a cell of more than a hundred.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { dense, experiment, fashionMnist, flatten, sequential } from '../src/index.ts'
import { launch, studioIn } from '../test/e2e/browser-page.ts'
import { heddle } from '../test/e2e/heddle.ts'

const MOST_IMAGES = 138

const shirts = experiment({
  name: 'shirts',
  data: fashionMnist(),
  models: { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
  train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 1, batchSize: 64 },
})

const folder = mkdtempSync(join(tmpdir(), 'heddle-relabel-'))
writeFileSync(join(folder, 'shirts.json'), JSON.stringify(shirts))
const trained = await heddle(['run', 'shirts.json'], { cwd: folder })
if (trained.code !== 0) throw new Error(trained.stderr)
const [studio, browser] = await Promise.all([studioIn(folder), launch()])
const page = await (
  await studio.signIn(await browser.newContext({ viewport: { width: 1440, height: 900 } }))
).newPage()
await page.goto(`${studio.url}evaluate`)
const mistakes = page.locator('.confusion button:enabled[aria-label*=" taken for "]')
await mistakes.first().waitFor({ timeout: 60_000 })
const names = await mistakes.evaluateAll(all => all.map(one => one.getAttribute('aria-label')!))
const counts = names.flatMap(name => {
  const [, label, predicted, count] = /^(.*) taken for (.*): (\d+)$/.exec(name)!
  return label === predicted ? [] : [{ name, count: Number(count) }]
})
const most = counts.reduce((a, b) => (b.count > a.count ? b : a))
const clock = performance.now()
await page.getByRole('button', { name: most.name, exact: true }).click()
await page.locator('.test-images button').first().click()
const image = page.getByRole('dialog')
const explained = image.getByRole('img', { name: /^Grad-CAM|^Saliency|^Integrated gradients/ })
await explained.first().waitFor({ timeout: 30_000 })
const seconds: number[] = []
const shown: number[] = []
const total = Math.min(MOST_IMAGES, most.count)
for (let i = 1; i < total; i++) {
  const start = performance.now()
  await page.keyboard.press('0')
  await image.getByText(`${i + 1} of ${most.count}`, { exact: true }).waitFor()
  shown.push((performance.now() - start) / 1000)
  const [, index] = /image=(\d+)/.exec(page.url())!
  await image.getByRole('heading', { name: new RegExp(`^Test image ${index}\\b`) }).waitFor()
  await explained.first().waitFor()
  seconds.push((performance.now() - start) / 1000)
}
const whole = (performance.now() - clock) / 1000
await browser.close()
await studio.end()
rmSync(folder, { recursive: true })
const at = (all: readonly number[], share: number): number =>
  Number([...all].sort((a, b) => a - b)[Math.floor(share * (all.length - 1))]!.toFixed(3))
const spread = (all: readonly number[]) => ({
  ...{ median: at(all, 0.5), p95: at(all, 0.95), most: at(all, 1) },
})
const found = {
  ...{ cell: most.name, images: total, keys: seconds.length, load: loadavg()[0], cores: cpus().length },
  ...{ 'next image, s': spread(shown), 'with its explanation, s': spread(seconds) },
  'all of them, s': Number(whole.toFixed(1)),
}
console.log(JSON.stringify(found, null, 2))
