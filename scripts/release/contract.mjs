// Runs the engine of HEDDLE_NATIVE through the contract suite: every layer, forward and backward, beside plain loops.
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
