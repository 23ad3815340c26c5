import { parseArgs } from 'node:util'
import { UsageError } from 'heddle'
import { checkDataDir, runProgram, Terminal } from 'heddle/cli'
import { reproduce } from './reproduce.ts'

const help = `npm run reproduce -- [options] [id...]

Trains the models of the five reports again, compares the numbers, and makes their tables and pictures.

  npm run reproduce                           all reports; a second call goes on where the first one stopped
  npm run reproduce -- 002 004                two of them
  npm run reproduce -- 000/1 --seeds 5        one model, five seeds
  npm run reproduce -- --quick                all tables and pictures in minutes, for CI

An id names a report, an experiment or a model: 002, conv1d-eight, 000/1. Without one, all are made.

  --quick              two epochs on 2,000 images, one seed: all tables and pictures, no comparable number
  --out <folder>       where everything goes (default: reproduction, or reproduction-quick)
  --force              train again what is finished already
  --seed <n>           one run of each model with this seed (HEDDLE_SEED)
  --seeds <n>          runs with the seeds 1 to n (default: 3; 10 for 001/2 to 001/5, whose heads may die)
  --threads <n>        of the native engine (HEDDLE_THREADS; default: all cores)
  --backend <name>     auto, native, wasm or reference (HEDDLE_BACKEND; default: auto)
  --data-dir <folder>  where the dataset's files are (HEDDLE_DATA)
  --no-color           plain text (as NO_COLOR=1 and TERM=dumb do)
  --help               this text`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

process.exitCode = await runProgram(async () => {
  const { values, positionals } = parse()
  const { 'data-dir': dataDir, 'no-color': plain, help: asked, ...flags } = values
  const terminal = new Terminal({
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    color: plain !== true,
  })
  if (asked) return terminal.print(help)
  checkDataDir(dataDir)
  await reproduce(positionals, { ...flags, ...(dataDir !== undefined && { dataDir }) }, terminal)
})

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: flag,
        out: text,
        force: flag,
        seed: text,
        seeds: text,
        threads: text,
        backend: text,
        'data-dir': text,
        'no-color': flag,
        help: flag,
      },
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message} Add --help for examples and all options.`)
  }
}
