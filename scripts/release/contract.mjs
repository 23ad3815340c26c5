// Runs an engine through the contract suite: every layer, forward and backward, beside plain loops. Notes beside its file where it passed.
//
//   node scripts/release/contract.mjs ENGINE [WHERE]        the file heddle.node, and this machine in words
import { release, type } from 'node:os'
import { resolve } from 'node:path'
import { notePassed } from './passed.mjs'

const engine = resolve(process.argv[2])
const where = process.argv[3] ?? `${type()} ${release()} on ${process.arch}, Node ${process.version}`
process.env.HEDDLE_NATIVE = engine
const [{ nativeBackend }, { backendContract }] = await Promise.all([
  import('../../dist/index.js'),
  import('../../dist/testing/index.js'),
])
const backend = nativeBackend({ threads: 2 })
const findings = await backendContract(backend)
const bad = findings.filter(({ difference }) => !(difference < 1e-5))
console.log(
  `${process.arch}, ${backend.description}: ${findings.length} comparisons with plain loops, ${bad.length} beyond 1e-5`,
)
if (bad.length > 0) {
  console.log(bad)
  process.exit(1)
}
notePassed(engine, where)
