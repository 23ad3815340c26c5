import { spawnSync } from 'node:child_process'
import { HeddleError } from '../../base/errors.ts'
import { ownFile } from '../../base/own-file.ts'
import { nativeUnavailable } from '../../engine/backends/native/addon.ts'
import { nativeBackend } from '../../engine/backends/native/native.ts'
import { command, on } from '../command.ts'

export default command({
  summary: 'compile the native engine for this machine',
  description: 'Compile the native engine for this machine. It needs a C++17 compiler.',
  options: { force: on('compile it again, even if it is up to date') },
  examples: [
    ['npx heddle build-engine', 'after "npm install heddle": several times faster than WebAssembly'],
  ],
  run({ force }, { terminal }) {
    const script = ownFile('scripts/build-native.mjs')
    const { status } = spawnSync(process.execPath, [script, ...(force ? ['--force'] : [])], {
      stdio: ['ignore', 2, 2],
    })
    // Loaded, to be sure that it works here.
    if (status !== 0 || nativeUnavailable()) {
      throw new HeddleError('The native engine was not built; the lines above say why.')
    }
    terminal.notice(`The native engine is ready (${nativeBackend().description}).`)
  },
})
