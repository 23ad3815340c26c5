import { unlessAborted } from '../base/interruption.ts'
import { count, megabytes } from '../base/text.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Terminal } from './terminal.ts'
import { interruptible } from './terminal.ts'

/**
 * Loads data with its progress on the terminal, and stops waiting at the first Ctrl-C. `load` is given what it passes on to the data
 * source: the folder to look into first, and listeners.
 */
export function loading<T>(
  { terminal, dataDir }: { readonly terminal: Terminal; readonly dataDir: string | undefined },
  load: (options: LoadOptions, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return interruptible(signal => unlessAborted(signal, load({ dataDir, ...listenersOn(terminal) }, signal)))
}

/** The live line, or one line for each file where there is none. */
export function listenersOn(terminal: Terminal): Pick<LoadOptions, 'onNotice' | 'onProgress'> {
  let shown = ''
  return {
    onNotice: message => terminal.notice(message),
    onProgress({ what, done, total, unit }) {
      const amount = unit === 'bytes' ? megabytes : count
      const noun = unit === 'bytes' ? '' : ' images'
      const of = total > 0 ? ` of ${amount(total)}` : ''
      if (terminal.isLive) terminal.draw({ text: `Loading ${what}: ${amount(done)}${of}${noun}` })
      else if (shown !== what) terminal.log({ text: `Loading ${what} …` })
      shown = what
    },
  }
}

/** A slow command's stages: the live line, or a line for each kind of stage where there is none: counts alone make no new one. */
export function stagesOn(terminal: Terminal): (message: string) => void {
  let shown = ''
  return message => {
    const kind = message.replaceAll(/\d+ of \d+/g, '')
    if (terminal.isLive) terminal.draw({ text: `${message} …` })
    else if (shown !== kind) terminal.log({ text: `${message} …` })
    shown = kind
  }
}
