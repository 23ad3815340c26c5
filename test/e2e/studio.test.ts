import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  chromiumPath,
  launch,
  noChromium,
  type RunningStudio,
  studioIn,
  temporaryFolder,
} from './browser-page.ts'
import { heddle } from './heddle.ts'

const linear = {
  kind: 'experiment',
  name: 'first',
  data: { kind: 'fashionMnistMini' },
  models: {
    linear: {
      kind: 'model',
      nodes: [
        { name: 'flatten', layer: { kind: 'flatten' }, inputs: ['input'] },
        { name: 'dense', layer: { kind: 'dense', units: 10, activation: 'softmax' }, inputs: ['flatten'] },
      ],
    },
  },
  train: { kind: 'train', optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 2 },
}

if (chromiumPath === null) test.skip(`the studio in a browser: ${noChromium}`)
else
  describe('the studio in a browser', () => {
    const folder = temporaryFolder()
    let studio: RunningStudio
    let browser: Browser

    beforeAll(async () => {
      writeFileSync(join(folder.path, 'first.json'), JSON.stringify(linear))
      ;[studio, browser] = await Promise.all([studioIn(folder.path), launch()])
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test('says what to do where there are no runs, and shows a training that begins elsewhere', async () => {
      const page = await browser.newPage()
      const errors: string[] = []
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
      await page.goto(studio.url)
      await page.getByRole('heading', { name: 'No runs yet' }).waitFor()
      const { code } = await heddle(['run', 'first.json'], { cwd: folder.path })
      expect(code).toBe(0)
      await page.getByRole('cell', { name: 'finished' }).waitFor()
      expect(errors).toEqual([])
      await page.close()
    }, 60_000)

    test('ends with Ctrl-C', async () => {
      const other = await studioIn(folder.path)
      expect(await other.end()).toBe(0)
    }, 30_000)
  })
