// What the programs of this folder share: packages of the user's folder, and numbers in files.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Heddle ends with it where a package is not installed. */
const ABSENT = 3

/** The first of some packages that is installed for the folder in which the user is. */
export async function installed(...names) {
  const { resolve } = createRequire(join(process.cwd(), 'package.json'))
  for (const name of names) {
    let path
    try {
      path = resolve(name)
    } catch {
      continue
    }
    const module = await import(pathToFileURL(path).href)
    return { name, version: versionOf(name, path), module: module.default ?? module }
  }
  process.exit(ABSENT)
}

function versionOf(name, path) {
  for (let folder = dirname(path); dirname(folder) !== folder; folder = dirname(folder)) {
    try {
      const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (about.name === name) return about.version
    } catch {
      // Not the package's own folder.
    }
  }
  return ''
}

/** MODEL SHAPE INPUTS OUTPUTS, as with-keras.py takes them. */
export function asked() {
  const [path, shape, inputs, outputs] = process.argv.slice(2)
  const bytes = readFileSync(inputs)
  return {
    path,
    shape: shape.split(',').map(Number),
    numbers: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
    answer: (values, program) => {
      const floats = Float32Array.from(values)
      writeFileSync(outputs, new Uint8Array(floats.buffer))
      process.stdout.write(`${program}\n`)
    },
  }
}
