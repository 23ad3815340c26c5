import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import type { RunningStudio } from './browser-page.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * What is wrong with a page on a phone, in light and in dark: what axe calls serious, and what is wider than the screen.
 * The page's policy would keep axe out; the policy has tests of its own.
 */
export async function faultsOnPhone(
  browser: Browser,
  studio: RunningStudio,
  path: string,
  prepare: (page: Page) => Promise<void>,
): Promise<string[]> {
  const faults: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await studio.signIn(
      await browser.newContext({
        bypassCSP: true,
        colorScheme,
        viewport: { width: 360, height: 740 },
      }),
    )
    const page = await context.newPage()
    await page.goto(studio.url + path)
    await prepare(page)
    faults.push(...(await faultsOf(page)).map(fault => `${colorScheme}: ${fault}`))
    await context.close()
  }
  return faults
}

/** The elements that reach furthest to the right; what is scrolled in a part of its own is left out. */
const widest = `{
  const isCut = one => one !== null && (getComputedStyle(one).overflowX !== 'visible' || isCut(one.parentElement))
  ;[...document.querySelectorAll('main *')]
    .filter(one => !isCut(one.parentElement))
    .map(one => ({ one, right: one.getBoundingClientRect().right }))
    .sort((a, b) => b.right - a.right)
    .slice(0, 5)
    .map(({ one, right }) => one.outerHTML.slice(0, 60) + ' ends at ' + Math.round(right))
    .join(', ')
}`

/** Those of a page as it is now. */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const faults = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)
  const tooWide = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number
  return tooWide > 0
    ? [...faults, `${tooWide} pixels wider than the screen: ${await page.evaluate(widest)}`]
    : faults
}
