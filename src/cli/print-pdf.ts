import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { HeddleError } from '../base/errors.ts'
import { withTemporaryFolder } from '../base/temporary.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge']

/** Prints a page of this machine by the browser that is installed; throws a `HeddleError` if there is none. */
export async function printPdf(
  page: string,
  out: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const browser = findBrowser(env)
  if (browser === null) {
    throw new HeddleError(
      `${page} is written, but not as PDF: no Chromium or Chrome is installed. Name one with CHROMIUM, or print the page.`,
    )
  }
  await withTemporaryFolder('heddle-print-', async profile => {
    const printed = promisify(execFile)(browser, [
      '--headless',
      '--disable-gpu',
      // A sandbox is refused to root, as in most containers.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      `--user-data-dir=${profile}`,
      '--no-pdf-header-footer',
      `--print-to-pdf=${out}`,
      pathToFileURL(page).href,
    ])
    await printed.catch((error: Error) => {
      throw new HeddleError(`${browser} could not print ${page}: ${error.message.split('\n')[0]}`, {
        cause: error,
      })
    })
  })
  if (!existsSync(out)) throw new HeddleError(`${browser} wrote no ${out}.`)
}

function findBrowser(env: NodeJS.ProcessEnv): string | null {
  if (env.CHROMIUM) return env.CHROMIUM
  const folders = (env.PATH ?? '').split(delimiter)
  const paths = folders.flatMap(folder => names.map(name => join(folder, name)))
  return paths.find(path => existsSync(path)) ?? null
}
