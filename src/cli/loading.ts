import { count, megabytes } from '../base/text.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Terminal } from './terminal.ts'

/** What a data source is given to tell how far it is: the live line, or one line for each file where there is none. */
export function tellLoading(terminal: Terminal): Required<Pick<LoadOptions, 'onNotice' | 'onProgress'>> {
  let told = ''
  return {
    onNotice: message => terminal.notice(message),
    onProgress({ what, done, total, unit }) {
      const amount = unit === 'bytes' ? megabytes : count
      const noun = unit === 'bytes' ? '' : ' images'
      const of = total > 0 ? ` of ${amount(total)}` : ''
      if (terminal.isLive) terminal.draw({ text: `Loading ${what}: ${amount(done)}${of}${noun}` })
      else if (told !== what) terminal.log({ text: `Loading ${what} …` })
      told = what
    },
  }
}

/** A slow command's stages: the live line, or a line for each kind of stage where there is none: counts alone make no new one. */
export function tellStages(terminal: Terminal): (message: string) => void {
  let told = ''
  return message => {
    const kind = message.replaceAll(/\d+ of \d+/g, '')
    if (terminal.isLive) terminal.draw({ text: `${message} …` })
    else if (told !== kind) terminal.log({ text: `${message} …` })
    told = kind
  }
}
