/**
 * A peer of the benchmark that is written in JavaScript, as a process; the twin of peer.py, with its protocol (README.md).
 *
 *     node peer.mjs <tensorflowjs | jax-js> <threads> <node_modules folder>
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** What takes longer is tried once. */
const SLOW_MS = 3000

async function milliseconds(run, calls) {
  const start = performance.now()
  await run(calls)
  return (performance.now() - start) / calls
}

/** The name of the variant that does best in a short trial; the first calls allocate, trace and compile. */
async function fastest(variants) {
  const best = []
  let failure
  for (const [name, run] of Object.entries(variants)) {
    try {
      let ms = await milliseconds(run, 1)
      if (ms < SLOW_MS) {
        await run(2)
        ms = Infinity
        for (let trial = 0; trial < 3; trial++) ms = Math.min(ms, await milliseconds(run, 3))
      }
      best.push({ name, ms })
    } catch (error) {
      failure = error
    }
  }
  if (best.length === 0) throw failure
  return best.sort((a, b) => a.ms - b.ms)[0].name
}

const firstLine = error =>
  String(error.message ?? error)
    .split('\n')[0]
    .slice(0, 300)

async function main([name, threads, folder]) {
  console.log = console.error // what libraries print is no answer
  const answer = fields => process.stdout.write(`${JSON.stringify(fields)}\n`)
  const peer = await import(`./${name}.mjs`)
  try {
    await peer.start(Number(threads), createRequire(resolve(folder, 'peer.js')))
  } catch (error) {
    return answer({ error: firstLine(error) })
  }
  const { version } = JSON.parse(readFileSync(join(folder, peer.packageName, 'package.json'), 'utf8'))
  answer({ name, version, threads: Number(threads) })
  let run
  let training = false
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    try {
      if ('prepare' in request) {
        const { parameters, variants } = await peer.prepare(request.prepare)
        const variant = await fastest(variants)
        run = variants[variant]
        training = request.prepare.what === 'step'
        answer({ parameters, variant })
      } else {
        const [times, calls] = training ? [1, request.run] : [request.run, 1]
        const ms = []
        while (ms.length < times) ms.push(await milliseconds(run, calls))
        answer({ ms })
      }
    } catch (error) {
      answer({ error: firstLine(error) }) // whatever a peer cannot do is named in the results
    }
  }
  process.exit() // workers of a library would keep the process
}

await main(process.argv.slice(2))
