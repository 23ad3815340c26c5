import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { HeddleError } from '../../base/errors.ts'
import { nativeUnavailable } from '../../engine/backends/native/addon.ts'
import { nativeBackend } from '../../engine/backends/native/native.ts'

/** `heddle build-engine`: compiles native/ of this package, and loads the result to be sure that it works here. */
export function buildEngine({ force }: { readonly force?: boolean }): void {
  const script = fileURLToPath(new URL('../../../scripts/build-native.mjs', import.meta.url))
  const { status } = spawnSync(process.execPath, [script, ...(force ? ['--force'] : [])], {
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0 || nativeUnavailable()) {
    throw new HeddleError('The native engine was not built; the lines above say why.')
  }
  process.stderr.write(`heddle: The native engine is ready (${nativeBackend().description}).\n`)
}
