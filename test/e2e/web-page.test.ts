import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inflateRawSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOf } from './axe-page.ts'
import { chromiumPath, launch, noChromium, temporaryFolder } from './browser-page.ts'
import { heddle } from './heddle.ts'

const experiment = {
  kind: 'experiment',
  name: 'clothes',
  data: { kind: 'fashionMnistMini' },
  models: {
    small: {
      kind: 'model',
      nodes: [
        { name: 'conv', layer: { kind: 'conv2d', filters: 8, kernelSize: 3 }, inputs: ['input'] },
        { name: 'norm', layer: { kind: 'batchNormalization' }, inputs: ['conv'] },
        { name: 'pool', layer: { kind: 'maxPooling2d' }, inputs: ['norm'] },
        { name: 'flatten', layer: { kind: 'flatten' }, inputs: ['pool'] },
        { name: 'dense', layer: { kind: 'dense', units: 10, activation: 'softmax' }, inputs: ['flatten'] },
      ],
    },
  },
  train: { kind: 'train', optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 1 },
}

/** A page may weigh this much, without the weights of its network. */
const MOST = 300_000

if (chromiumPath === null) test.skip(`an exported page classifies in a browser: ${noChromium}`)
else
  describe('an exported page classifies pictures by itself', () => {
    const folder = temporaryFolder()
    const at = (...parts: readonly string[]): string => join(folder.path, ...parts)
    const requested: string[] = []
    const errors: string[] = []
    let browser: Browser
    let server: Server
    let address: string

    beforeAll(async () => {
      writeFileSync(at('clothes.json'), JSON.stringify(experiment))
      const trained = await heddle(['run', 'clothes.json'], { cwd: folder.path })
      expect(trained.code, trained.stderr).toBe(0)
      const exported = await heddle(['export', 'last', '--to', 'web', '--out', 'page'], { cwd: folder.path })
      expect(exported.code, exported.stderr).toBe(0)
      expect(exported.stdout).toContain('16 examples of its data')
      expect(exported.stdout).toMatch(/Verified by the engine of the page: 16 examples, .* no label changed/)
      // A coat on a light ground, with a transparent edge: everything that the preparation does has something to do.
      const coat = Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="220"><rect x="8" y="8" width="284" height="204" fill="#e8e4d8"/>' +
          '<path d="M100 40h100l40 40-20 20-20-20v110H100V80L80 100 60 80z" fill="#7a3020"/></svg>',
      )
      await sharp(coat).png().toFile(at('coat.png'))
      await sharp(coat).flatten({ background: '#fff' }).jpeg({ quality: 85 }).toFile(at('coat.jpg'))
      writeFileSync(at('broken.png'), readFileSync(at('coat.png')).subarray(0, 200))
      server = createServer(({ url = '/' }, response) => {
        const name = url === '/' ? 'index.html' : url.slice(1)
        response.setHeader('content-type', name.endsWith('.js') ? 'text/javascript' : 'text/html')
        response.end(readFileSync(at('page', name)))
      }).listen(0, '127.0.0.1')
      await new Promise(resolve => server.on('listening', resolve))
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      browser = await launch(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
    }, 120_000)

    afterAll(async () => {
      await browser?.close()
      server?.close()
      folder.remove()
    })

    async function opened(url: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
      const page = await (await browser.newContext({ bypassCSP: false, ...options })).newPage()
      page.on('request', request => requested.push(request.url()))
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
      await page.goto(url)
      await page.getByText('16 examples give the outputs of the command line').waitFor()
      return page
    }

    async function drop(page: Page, name: string): Promise<void> {
      const bytes = readFileSync(at(name)).toString('base64')
      const files = await page.evaluateHandle(
        `(() => {
          const files = new DataTransfer()
          const bytes = Uint8Array.from(atob(${JSON.stringify(bytes)}), c => c.charCodeAt(0))
          files.items.add(new File([bytes], ${JSON.stringify(name)}))
          return files
        })()`,
      )
      await page.dispatchEvent('#drop', 'drop', { dataTransfer: files })
    }

    /** What every class gets, by its name. */
    async function answers(page: Page): Promise<Record<string, number>> {
      if (await page.getByRole('button', { name: 'Show all 10 classes' }).isVisible())
        await page.getByRole('button', { name: 'Show all 10 classes' }).click()
      const rows = await page.locator('#bars li').evaluateAll(items =>
        items.map(item => {
          const { textContent } = item.firstElementChild!
          return [textContent, Number(item.querySelector('data')!.getAttribute('value'))] as const
        }),
      )
      return Object.fromEntries(rows)
    }

    async function printed(name: string): Promise<Record<string, number>> {
      const { stdout } = await heddle(['predict', 'last', name, '--json'], { cwd: folder.path })
      return JSON.parse(stdout).answers[0].probabilities
    }

    async function expectPrinted(page: Page, name: string): Promise<void> {
      await page.getByText(`${name}, 300 × 220`).waitFor()
      const [own, expected] = [await answers(page), await printed(name)]
      expect(Object.keys(own).sort()).toEqual(Object.keys(expected).sort())
      for (const [label, share] of Object.entries(expected))
        expect(Math.abs(own[label]! - share), `${name}: ${label}`).toBeLessThan(1e-6)
    }

    test('it weighs less than 300 kB beside the weights, also unpacked', () => {
      const [page, engine] = ['index.html', 'engine.js'].map(name => readFileSync(at('page', name)))
      const [, packed] = /= "(.*)"/.exec(engine!.toString())!
      const unpacked = inflateRawSync(Buffer.from(packed!, 'base64'))
      expect(page!.length + engine!.length).toBeLessThan(MOST)
      expect(page!.length + unpacked.length).toBeLessThan(MOST)
    })

    test("from the disk and without a network, a dropped picture gets the command line's numbers", async () => {
      const page = await opened(pathToFileURL(at('page/index.html')).href, { offline: true })
      for (const name of ['coat.png', 'coat.jpg']) {
        await drop(page, name)
        await expectPrinted(page, name)
      }
      await page.getByRole('button', { name: 'Example 5' }).click()
      await page.getByText('Example 5', { exact: true }).waitFor()
      await page.locator('#file').setInputFiles(at('broken.png'))
      await page.getByText('This picture cannot be opened: the PNG is damaged').waitFor()
    }, 60_000)

    test('from a server it does the same, and its camera is answered as it runs', async () => {
      const page = await opened(address)
      await page.context().setOffline(true)
      await drop(page, 'coat.png')
      await expectPrinted(page, 'coat.png')
      await page.getByRole('button', { name: 'Use the camera' }).click()
      await page.getByText(/^Camera, \d+ × \d+/).waitFor()
      expect(Object.values(await answers(page)).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5)
      await page.getByRole('button', { name: 'Stop the camera' }).click()
      await page.getByRole('button', { name: 'Use the camera' }).waitFor()
    }, 60_000)

    test('a double click on the camera leaves no camera on', async () => {
      const page = await opened(address)
      await page.evaluate(`(() => {
        const { mediaDevices } = navigator
        const open = mediaDevices.getUserMedia.bind(mediaDevices)
        globalThis.streams = []
        mediaDevices.getUserMedia = async wanted => {
          const stream = await open(wanted)
          streams.push(stream)
          return stream
        }
      })()`)
      await page.evaluate(`for (const _ of [1, 2]) document.getElementById('camera').click()`)
      await page.getByRole('button', { name: 'Stop the camera' }).click()
      const live = await page.evaluate(
        `streams.flatMap(stream => stream.getTracks()).filter(track => track.readyState === 'live').length`,
      )
      expect(live).toBe(0)
    }, 60_000)

    test('it asks for its own three files and nothing else, and may send nothing', async () => {
      const names = new Set(requested.map(url => new URL(url).pathname.split('/').at(-1)!))
      expect([...names].sort()).toEqual(['', 'engine.js', 'index.html', 'model.js'])
      expect(errors).toEqual([])
      const page = await opened(address)
      const refused = await page.evaluate(`fetch('/model.js').then(() => false, () => true)`)
      expect(refused).toBe(true)
    }, 60_000)

    test('on a phone, in light and in dark, it has no faults', async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await opened(address, {
          bypassCSP: true,
          colorScheme,
          viewport: { width: 360, height: 740 },
        })
        expect(await faultsOf(page)).toEqual([])
        await page.getByRole('button', { name: 'Example 2' }).click()
        await page.getByText('What the network sees').click()
        expect(await faultsOf(page)).toEqual([])
      }
    }, 60_000)
  })
