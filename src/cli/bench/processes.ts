import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { HeddleError } from '../../base/errors.ts'
import { median } from '../../base/maths.ts'
import { ownFile } from '../../base/own-file.ts'
import { peersPython } from './peers.ts'

/** A whole process, from its start to its end. */
export interface ProcessTime {
  readonly what: string
  readonly program: string
  readonly seconds: number
}

/**
 * Start-up (the median of seven), and report 002's two networks as people run them: eight epochs on 60,000 images,
 * measured after each. `HEDDLE_EPOCHS` makes both programs train shorter.
 */
export function measureProcesses(onNotice: (message: string) => void): readonly ProcessTime[] {
  const heddle = ownFile('bin/heddle.js')
  const epochs = process.env.HEDDLE_EPOCHS || '8'
  const what = `train both networks of report 002, ${epochs} epochs`
  const start = Array.from({ length: 7 }, () => secondsOf(process.execPath, [heddle, '--version']))
  const run = secondsOf(process.execPath, [
    heddle,
    'run',
    ownFile('experiments/basic-vs-standard.ts'),
    '--json',
  ])
  const times = [
    { what: 'heddle --version', program: 'heddle', seconds: median(start) },
    { what, program: 'heddle', seconds: run },
  ]
  const python = peersPython()
  if (existsSync(python)) {
    times.push({
      what,
      program: 'keras',
      seconds: secondsOf(python, [ownFile('bench/peers/keras_fit.py'), epochs]),
    })
  } else
    onNotice(
      `keras is missing: there is no ${python}. Install it with "sh ${ownFile('bench/peers/install.sh')}".`,
    )
  return times
}

function secondsOf(command: string, args: readonly string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status !== 0)
    throw new HeddleError(`${[command, ...args].join(' ')} failed: ${stderr.trim().slice(-500)}`)
  return (performance.now() - started) / 1000
}
