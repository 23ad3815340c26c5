import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'

const entry = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))

/** Debian's, or the one that is named; `null`: there is none, and tests that need one are skipped. */
export const chromiumPath =
  [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    path => path && existsSync(path),
  ) ?? null

export const noChromium = 'there is no chromium on this machine; CHROMIUM names one'

export function launch(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox', '--disable-gpu', ...args] })
}

/** A new folder for one test file. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'heddle-studio-'))
  return {
    path,
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  }
}

export interface RunningStudio {
  /** Its address, without the key. */
  readonly url: string
  /** For a program's requests. */
  readonly headers: { readonly authorization: string }
  /** As printed: signs a browser in. */
  readonly printed: string
  /** Signs a browser's context in, once for all its pages. */
  signIn<C extends BrowserContext>(context: C): Promise<C>
  readonly pid: number
  /** Ends it as Ctrl-C does, or as nothing can be prepared for. */
  end(signal?: 'SIGINT' | 'SIGKILL'): Promise<number | null>
  /** Its stderr. */
  said(): string
}

/** The real command in a process of its own, on a free port, with its store in `cwd`. */
export function studioIn(
  cwd: string,
  args: readonly string[] = ['--port', '0'],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningStudio> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('HEDDLE_'))
  const child = spawn(process.execPath, [entry, 'studio', '--no-open', ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  let said = ''
  child.stderr.on('data', text => {
    said += text
  })
  return new Promise((resolve, reject) => {
    child.stdout.once('data', text => {
      const printed = String(text).trim()
      const key = new URL(printed).searchParams.get('token')!
      resolve({
        url: new URL('/', printed).href,
        printed,
        headers: { authorization: `Bearer ${key}` },
        async signIn(context) {
          await context.request.get(printed)
          return context
        },
        pid: child.pid!,
        end(signal = 'SIGINT') {
          child.kill(signal)
          return ended
        },
        said: () => said,
      })
    })
    void ended.then(code => reject(new Error(`heddle studio ended with ${code}: ${said}`)))
  })
}
