// What is wrong with the file of an engine, whether it can be run here or not: libraries that users may lack, a system that is newer than
// the oldest supported one, functions that Node-API does not have.
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { GLIBC, MACOS } from './targets.mjs'

const { symbols } = createRequire(import.meta.url)('node-api-headers')
const script = fileURLToPath(new URL('./inspect.py', import.meta.url))
const MOST_BYTES = 5e6

/** What every system has. */
const libraries = {
  glibc: /^(lib(c|m|pthread|dl|rt)|ld-linux-.*)\.so\.\d+$/,
  musl: /^libc\.so$/,
  darwin: /^\/usr\/lib\/libSystem\.B\.dylib$/,
  win32: /^(kernel32|ntdll|api-ms-win-crt-[\w-]+)\.dll$/i,
}
/** How Node finds the engine in a file. */
const ENTRIES = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']
const nodeApi = new Set(Object.values(symbols.v9).flat())

/** The problems in words; `python` is one with lief. */
export function problemsOf(addon, target, python) {
  const found = JSON.parse(execFileSync(python, [script, addon], { encoding: 'utf8' }))
  const known = libraries[target.libc ?? target.os]
  const fromNode = found.imported.filter(name => /^(napi|node_api)_/.test(name))
  const newest = newestOf(found.versions ?? [], 'GLIBC_')
  const { system = '' } = found
  return [
    ...found.libraries.filter(name => !known.test(name)).map(name => `it needs ${name}`),
    ...ENTRIES.filter(name => !found.exported.includes(name)).map(name => `it does not export ${name}`),
    ...fromNode
      .filter(name => !nodeApi.has(name))
      .map(name => `it needs ${name}, which Node-API 9 does not have`),
    newest && (target.libc === 'musl' || byVersion(newest, GLIBC) > 0) && `it needs glibc ${newest}`,
    system && byVersion(system, MACOS) > 0 && `it needs macOS ${system}, not ${MACOS}`,
    // Apple's processors run no code without a signature.
    found.isSigned === false && target.cpu === 'arm64' && 'it is not signed',
    statSync(addon).size > MOST_BYTES && `it is larger than ${MOST_BYTES / 1e6} MB`,
  ].filter(Boolean)
}

function newestOf(versions, prefix) {
  const numbers = versions.filter(name => name.startsWith(prefix)).map(name => name.slice(prefix.length))
  return numbers.sort(byVersion).at(-1)
}

function byVersion(a, b) {
  const [[majorA, minorA], [majorB, minorB]] = [a, b].map(version => version.split('.').map(Number))
  return majorA - majorB || minorA - minorB
}
