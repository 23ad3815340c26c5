/**
 * Looks at the pages of build/site in Chromium, 390 and 1440 pixels wide, light and dark: what axe calls serious, what is wider than the
 * screen, and what the page reports as an error.
 *
 *     npx jiti site/check.ts [--pictures FOLDER] [guide/ playground …]        the beginnings of their addresses; without any: all pages
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { faultsInBoth } from '../test/e2e/axe-page.ts'
import { chromiumPath, launch, noChromium } from '../test/e2e/browser-page.ts'

const site = fileURLToPath(new URL('../build/site/', import.meta.url))
const { values, positionals } = parseArgs({
  options: { pictures: { type: 'string' } },
  allowPositionals: true,
})
const wanted = positionals.length > 0 ? positionals : ['']
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/** As a host with clean addresses serves the site. */
const server = createServer(({ url = '/' }, response) => {
  const path = decodeURIComponent(new URL(url, 'http://site').pathname)
  const names = [path, `${path}.html`, join(path, 'index.html')].map(name => join(site, name))
  const file = names.find(name => extname(name) !== '' && existsSync(name))
  if (!file) return response.writeHead(404).end()
  response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
  return response.end(readFileSync(file))
})

async function faultsOfPage(browser: Browser, address: string): Promise<string[]> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(`error: ${error.message}`))
  page.on('response', answer => {
    if (answer.status() >= 400) errors.push(`${answer.status()}: ${answer.url()}`)
  })
  await page.goto(address)
  const name = new URL(address).pathname.slice(1) || 'index'
  const keep = async (suffix: string): Promise<void> => {
    if (!values.pictures) return
    const path = join(values.pictures, `${name.replace(/\/$/, '/index')}-${suffix}.png`)
    mkdirSync(dirname(path), { recursive: true })
    await page.screenshot({ path })
  }
  await keep('1440-light')
  const wide = await faultsInBoth(page, 'light')
  await keep('1440-dark')
  await page.setViewportSize({ width: 390, height: 844 })
  await keep('390-dark')
  const narrow = await faultsInBoth(page, 'dark')
  await keep('390-light')
  await context.close()
  return [
    ...errors,
    ...wide.map(fault => `1440 px, ${fault}`),
    ...narrow.map(fault => `390 px, ${fault}`),
  ].map(fault => `${name}, ${fault}`)
}

if (chromiumPath === null) throw new Error(noChromium)
server.listen(0, '127.0.0.1')
await new Promise(resolve => server.once('listening', resolve))
const { port } = server.address() as AddressInfo
const browser = await launch()
const pages = readdirSync(site, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.html') && file !== '404.html')
  .map(file => file.replace(/(^|\/)index\.html$|\.html$/, '$1'))
  .filter(address => wanted.some(beginning => address.startsWith(beginning)))
  .toSorted()
let count = 0
for (const page of pages) {
  for (const fault of await faultsOfPage(browser, `http://127.0.0.1:${port}/${page}`)) {
    count++
    process.stdout.write(`${fault}\n`)
  }
}
await browser.close()
server.close()
process.stdout.write(`${pages.length} pages at 390 and 1440 pixels, light and dark: ${count} faults.\n`)
process.exitCode = count > 0 ? 1 : 0
