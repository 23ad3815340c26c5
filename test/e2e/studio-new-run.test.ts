import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  chromiumPath,
  launch,
  noChromium,
  type RunningStudio,
  studioIn,
  temporaryFolder,
} from './browser-page.ts'

/** The process of the training that is under way, as the queue has written it down. */
function trainingIn(folder: string): number {
  const file = new DatabaseSync(join(folder, '.heddle/runs.db'))
  const { owner } = file.prepare("select owner from job where state = 'running'").get() as { owner: string }
  file.close()
  return JSON.parse(owner).pid
}

/** An experiment on a folder of pictures with validation images of its own. */
async function writePhotos(folder: string): Promise<void> {
  for (const place of ['train/dark', 'train/light', 'val/dark', 'val/light', 'test/dark', 'test/light']) {
    const path = join(folder, 'photos', place)
    mkdirSync(path, { recursive: true })
    for (let i = 0; i < 3; i++) {
      const pixels = Buffer.alloc(28 * 28, (place.endsWith('dark') ? 20 : 180) + 9 * i + place.length)
      await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } }).toFile(join(path, `${i}.png`))
    }
  }
  const photos = {
    kind: 'experiment',
    name: 'photos',
    data: { kind: 'imageFolder', path: '../photos', colorMode: 'grayscale' },
    models: {
      linear: {
        kind: 'model',
        nodes: [
          { name: 'flatten', layer: { kind: 'flatten' }, inputs: ['input'] },
          { name: 'dense', layer: { kind: 'dense', units: 2, activation: 'softmax' }, inputs: ['flatten'] },
        ],
      },
    },
    train: { kind: 'train', optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' },
  }
  mkdirSync(join(folder, 'experiments'))
  writeFileSync(join(folder, 'experiments/photos.json'), JSON.stringify(photos))
}

if (chromiumPath === null) test.skip(`a new run in a browser: ${noChromium}`)
else
  describe('a new run in a browser', () => {
    const folder = temporaryFolder()
    let studio: RunningStudio
    let browser: Browser
    let page: Page
    const errors: string[] = []
    const layer = (name: string) => page.getByRole('listitem', { name: `Layer ${name}`, exact: true })
    const start = () => page.getByRole('button', { name: /^Start/ })
    const queue = () => page.getByRole('region', { name: 'Queue' })
    const line = (hasText: string) => queue().getByRole('listitem').filter({ hasText })

    beforeAll(async () => {
      await writePhotos(folder.path)
      ;[studio, browser] = await Promise.all([studioIn(folder.path), launch()])
      page = await (
        await studio.signIn(await browser.newContext({ viewport: { width: 1600, height: 1000 } }))
      ).newPage()
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
      await page.goto(`${studio.url}new`)
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test('shapes, parameters, cost and what a layer sees follow as one types', async () => {
      await layer('conv2d').getByText('26 × 26 × 16').waitFor()
      await layer('conv2d').getByLabel('filters').fill('8')
      await layer('conv2d').getByText('26 × 26 × 8').waitFor()
      await layer('conv2d').getByText('80', { exact: true }).waitFor()
      await layer('conv2d_1').getByText('8 × 8', { exact: true }).waitFor()
      await layer('conv2d').getByRole('button', { name: 'more …' }).click()
      await layer('conv2d').getByRole('radio', { name: 'same' }).check()
      await layer('conv2d').getByText('28 × 28 × 8').waitFor()
    }, 60_000)

    test('what is wrong is said where it is, and nothing can be started until it is mended', async () => {
      await layer('conv2d_1').getByLabel('kernelSize').fill('30')
      await layer('conv2d_1').getByText('a window of 30 × 30 does not fit into an image of 14 × 14').waitFor()
      expect(await start().isDisabled()).toBe(true)
      await layer('conv2d_1').getByLabel('kernelSize').fill('3 x')
      await layer('conv2d_1').getByText('kernelSize must be a whole number of at least 1').waitFor()
      await layer('conv2d_1').getByLabel('kernelSize').fill('3')
      await page.getByLabel('batchSize').fill('many')
      await page.getByText('batchSize must be a whole number of at least 1, not "many".').waitFor()
      await page.getByLabel('batchSize').fill('100')
      await layer('dense').getByLabel('units').fill('11')
      await page.getByText('The network has 11 outputs, but fashion-mnist-mini has 10 classes').waitFor()
      await layer('dense').getByLabel('units').fill('10')
      await layer('dense').getByLabel('activation').selectOption('relu')
      await page.getByRole('region', { name: 'Advice' }).getByText('error', { exact: true }).waitFor()
      await layer('dense').getByLabel('activation').selectOption('softmax')
      await page
        .getByRole('region', { name: 'Advice' })
        .getByText('error', { exact: true })
        .waitFor({ state: 'hidden' })
    }, 60_000)

    test('layers are added, copied, moved and removed', async () => {
      await page.getByLabel('Add a layer').selectOption('batchNormalization')
      await layer('batch_normalization').getByRole('button', { name: 'Move batch_normalization up' }).click()
      await page
        .getByRole('listitem', { name: /^Layer/ })
        .nth(6)
        .getByText('Move')
        .waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Copy dropout' }).click()
      await layer('dropout_1').waitFor()
      await page.getByRole('button', { name: 'Remove dropout_1' }).click()
      await page.getByRole('button', { name: 'Remove batch_normalization' }).click()
      await page.getByRole('button', { name: 'Copy max_pooling2d_1' }).waitFor()
      // A reload loses nothing.
      await page.reload()
      expect(await layer('conv2d').getByLabel('filters').inputValue()).toBe('8')
      expect(await page.getByRole('listitem', { name: /^Layer/ }).count()).toBe(7)
    }, 60_000)

    test('the entries of a list are moved, and a kind that must be chosen is asked for', async () => {
      const training = page.getByRole('region', { name: 'Training' })
      const augmentation = training.getByRole('group', { name: 'augmentation' })
      await augmentation.getByLabel('Add to augmentation').selectOption('mixup')
      await augmentation.getByLabel('Add to augmentation').selectOption('randomFlip')
      await page.getByText('augmentation: randomFlip follows mixup.').waitFor()
      expect(await start().isDisabled()).toBe(true)
      await augmentation.getByRole('button', { name: 'Move randomFlip up' }).click()
      await page.getByText('augmentation: randomFlip follows mixup.').waitFor({ state: 'hidden' })
      expect(await augmentation.locator('strong').allTextContents()).toEqual(['randomFlip', 'mixup'])
      await training.getByText('More options').click()
      await training.getByLabel('Add to callbacks').selectOption('learningRateScheduler')
      const schedule = training.getByLabel('schedule', { exact: true })
      expect(await schedule.locator('option:checked').textContent()).toBe('choose …')
      await schedule.selectOption('cosineDecay')
      await training.getByLabel('initialLearningRate').fill('0.01')
      await training.getByLabel('decaySteps').fill('5')
      await page.getByText('is required').waitFor({ state: 'hidden' })
      await expect.poll(() => start().isEnabled()).toBe(true)
      for (const name of ['mixup', 'randomFlip', 'learningRateScheduler']) {
        await training.getByRole('button', { name: `Remove ${name}` }).click()
      }
    }, 60_000)

    test('several seeds are queued, trained one after the other, and shown', async () => {
      await page.getByLabel('epochs').fill('2')
      await page.getByLabel('seeds').fill('1-2')
      await page.getByRole('button', { name: 'Start 2 runs' }).click()
      await page.getByText('2 runs queued.').waitFor()
      await queue().getByText('done').nth(1).waitFor({ timeout: 60_000 })
      await queue().getByRole('link', { name: 'small-cnn' }).first().click()
      await page.getByRole('heading', { name: 'small-cnn seed' }).waitFor()
      await page.locator('.run-title .status', { hasText: 'finished' }).waitFor()
      await page.locator('summary', { hasText: 'Log' }).click()
      await page.getByText('Experiment', { exact: false }).first().waitFor()
      await page.getByRole('link', { name: 'New run from this' }).click()
      await layer('conv2d').waitFor()
      expect(await layer('conv2d').getByLabel('filters').inputValue()).toBe('8')
      expect(await page.getByLabel('epochs').inputValue()).toBe('2')
    }, 90_000)

    test('the server is killed: the training goes on, and the next server finds it and the rest of the queue', async () => {
      await page.goto(`${studio.url}new`)
      await page.getByLabel('epochs').fill('400')
      await page.getByLabel('seeds').fill('3')
      await start().click()
      // Its own line: the run before it may not be over yet.
      await line('seed 3')
        .getByText(/% · step \d+ of/)
        .waitFor({ timeout: 30_000 })
      await page.getByLabel('epochs').fill('1')
      await page.getByLabel('seeds').fill('4')
      await start().click()
      await line('seed 4').getByText('queued', { exact: true }).waitFor()
      const { port } = new URL(studio.url)
      await studio.end('SIGKILL')
      studio = await studioIn(folder.path, ['--port', port])
      await page.getByText('Reconnecting …').waitFor({ state: 'hidden' })
      await queue()
        .getByText(/% · step \d+ of/)
        .waitFor({ timeout: 30_000 })
      await queue().getByRole('button', { name: 'Stop' }).click()
      await queue().getByText('stopped', { exact: true }).waitFor({ timeout: 30_000 })
      await queue().locator('li.done', { hasText: 'seed 4' }).waitFor({ timeout: 30_000 })
      await queue().getByRole('button', { name: 'Clear finished' }).click()
      await queue().waitFor({ state: 'detached' })
    }, 120_000)

    test('the training is killed: what was shown as done stays, and it is resumed to its end', async () => {
      await page.goto(`${studio.url}new`)
      // Enough not to be over before it is killed; not so many that the rest takes minutes where all cores are busy.
      await page.getByLabel('epochs').fill('120')
      await page.getByLabel('seeds').fill('5')
      await start().click()
      await queue()
        .getByText(/% · step \d+ of/)
        .waitFor({ timeout: 30_000 })
      await queue().getByRole('link', { name: 'small-cnn' }).click()
      const epochs = page.getByText(/^\d+ of 120$/)
      const done = async (): Promise<number> => Number.parseInt((await epochs.textContent())!, 10)
      await expect.poll(done, { timeout: 30_000 }).toBeGreaterThan(10)
      const shown = await done()
      process.kill(trainingIn(folder.path), 'SIGKILL')
      await page.locator('.run-title .status', { hasText: 'interrupted' }).waitFor({ timeout: 30_000 })
      expect(await done()).toBeGreaterThanOrEqual(shown)
      await page.getByRole('button', { name: 'Resume' }).click()
      await page.locator('.run-title .status', { hasText: 'finished' }).waitFor({ timeout: 120_000 })
      expect(await done()).toBe(120)
    }, 240_000)

    test('Ctrl-C stops a training with a checkpoint, and says how it goes on', async () => {
      await page.goto(`${studio.url}new`)
      await page.getByLabel('epochs').fill('5000')
      await page.getByLabel('seeds').fill('6')
      await start().click()
      await queue()
        .getByText(/% · step \d+ of/)
        .waitFor({ timeout: 30_000 })
      const { port } = new URL(studio.url)
      expect(await studio.end()).toBe(0)
      const [, run] = /A training was stopped\. Go on with: heddle resume ([0-9a-f]{12})/.exec(studio.said())!
      studio = await studioIn(folder.path, ['--port', port])
      await page.goto(`${studio.url}runs/${run}`)
      await page.locator('.run-title .status', { hasText: 'interrupted' }).waitFor()
    }, 90_000)

    test('data with validation images of its own: the form asks for no split, says why, and a template can be started', async () => {
      const fresh = await page.context().newPage()
      const data = fresh.getByRole('combobox', { name: 'data', exact: true })
      const split = fresh.getByLabel('validationSplit')
      await fresh.goto(`${studio.url}new`)
      expect(await split.inputValue()).toBe('0.1')
      await data.selectOption('photos')
      await fresh.getByRole('note').getByText('photos has 6 validation images of its own').waitFor()
      expect(await split.count()).toBe(0)
      await fresh.getByRole('listitem', { name: 'Layer dense' }).getByLabel('units').fill('2')
      await fresh.getByLabel('epochs').fill('1')
      await fresh.getByRole('button', { name: 'Start' }).click()
      await fresh.getByText('1 run queued.').waitFor()
      await fresh.locator('.queue li.done', { hasText: 'small-cnn' }).first().waitFor()
      await data.selectOption('fashion-mnist-mini')
      expect(await split.inputValue()).toBe('0.1')
      await fresh.goto(`${studio.url}data/photos`)
      await fresh.getByText('6 to train on, 6 to validate on, 6 to test').waitFor()
    }, 60_000)

    test('the page and its policy never complain', () => {
      expect(errors.filter(text => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY/.test(text))).toEqual([])
    })
  })
