import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { availableCores } from '../../base/available-cores.ts'
import { UsageError } from '../../base/errors.ts'
import { integer, number, oneOf, text } from '../../base/schema.ts'
import { systemReason } from '../../base/system-errors.ts'
import type { Backend } from '../../engine/backend.ts'
import { type ModelSource, networkSource, pathSource } from '../../serve/inference/model-source.ts'
import { type InferenceOptions, logLevels } from '../../serve/inference/options.ts'
import { startInference } from '../../serve/inference/server.ts'
import { isLoopback } from '../../serve/own-name.ts'
import { command, oneOrMore, option } from '../command.ts'
import { chooseEngine, engineOptions, natural } from '../options.ts'
import { interruptible } from '../terminal.ts'
import { tokenOf, tokenOptions } from '../token.ts'

const options = {
  port: option(natural, { help: 'the port to listen on; 0: any free one', fallback: 8080 }),
  host: option(text(), {
    value: 'address',
    help: 'listen for other machines too, such as 0.0.0.0; needs a token',
    fallback: '127.0.0.1',
  }),
  ...tokenOptions('the token that clients must send'),
  tlsCert: option(text(), { value: 'file', help: 'a certificate in PEM: serve HTTPS' }),
  tlsKey: option(text(), { value: 'file', help: 'its key in PEM' }),
  maxBatch: option(integer(), { help: 'images that are computed together at most', fallback: 32 }),
  maxQueue: option(integer(), {
    help: 'while this many images of a model wait, further requests get 503',
    fallback: 64,
  }),
  maxBodyMb: option(number(undefined, { min: 0.001, max: 1000 }), {
    help: 'the largest request, in MB',
    fallback: 32,
  }),
  maxMegapixels: option(number(undefined, { min: 0.001, max: 100 }), {
    help: 'the largest picture, in million pixels',
    fallback: 25,
  }),
  logLevel: option(oneOf(logLevels), {
    help: 'lines of JSON on standard output; debug: also one for each request',
    fallback: 'info',
  }),
  ...engineOptions,
  threads: { ...engineOptions.threads, otherwise: 'all cores but one, which reads and answers requests' },
}

/** How often the files of models are looked at. */
const WATCH_MS = 1000
/** A request that takes longer to arrive is given up. */
const REQUEST_MS = 20_000

export default command({
  summary: 'serve models over HTTP',
  description: 'Serves models over HTTP: pictures in, classes and probabilities out.',
  args: {
    models: oneOrMore(
      'model files, NAME=FILE, NAME:VERSION=FILE, folders of them (NAME.safetensors, NAME/VERSION.safetensors), or a run, "last", an experiment',
    ),
  },
  options,
  examples: [
    [
      'heddle serve standard-1.safetensors',
      'for this machine: curl --data-binary @shoe.png localhost:8080/predict',
    ],
    ['heddle serve models/', 'all models of a folder, and those that are put there later'],
    ['heddle serve shoes:1=old.safetensors shoes:2=new.safetensors', 'two versions of a model'],
    ['heddle serve models/ --host 0.0.0.0 --token-file token', 'for other machines, with a token'],
  ],
  notes: `A file that changes is read again; requests that run are finished by the model that they began with.
SIGTERM or Ctrl-C: no new requests are taken, those that run are answered, and the exit code is 0.`,
  async run({ models, port, host, logLevel, ...given }, { terminal }) {
    if (port > 65535) throw new UsageError(`--port must be at most 65535, not ${port}.`)
    const without = 'Without one, only this machine can ask the server.'
    const token = await tokenOf(given, { env: process.env, without })
    if (token === null && !isLoopback(host)) {
      throw new UsageError(
        `--host ${host} opens the server to other machines: give it a token with --token-file FILE or HEDDLE_TOKEN.`,
      )
    }
    const tls = await tlsOf(given)
    // The thread that reads requests needs a core: with as many threads of the engine as cores, each would wait for the other.
    const threads = given.threads ?? Math.max(1, availableCores() - 1)
    const backend = chooseEngine({ ...given, threads }, terminal)
    const limits = {
      maxBatch: given.maxBatch,
      maxQueue: given.maxQueue,
      maxBodyBytes: Math.round(given.maxBodyMb * 1e6),
      maxPixels: Math.round(given.maxMegapixels * 1e6),
      requestMs: REQUEST_MS,
    }
    const sources = await Promise.all(models.map(model => sourceOf(model, backend)))
    await interruptible(async signal => {
      const about = { sources, backend, host, port, token, tls, logLevel, limits, watchMs: WATCH_MS }
      const server = await startInference(about)
      if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve))
      await server.close()
    })
  },
})

/** Files and folders are watched; the model of a run stays as it is. */
async function sourceOf(model: string, backend: Backend): Promise<ModelSource> {
  if (model.includes('=') || model.endsWith('.safetensors') || existsSync(model)) return pathSource(model)
  const { namedModel } = await import('../asked-images.ts')
  const network = await namedModel(model, backend)
  return networkSource({ name: model.replaceAll(/[^\w.-]/g, '-'), version: '1' }, network)
}

async function tlsOf({
  tlsCert,
  tlsKey,
}: {
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
}): Promise<InferenceOptions['tls']> {
  if (tlsCert === undefined && tlsKey === undefined) return null
  if (tlsCert === undefined || tlsKey === undefined)
    throw new UsageError('HTTPS needs both: --tls-cert FILE and --tls-key FILE.')
  const read = (flag: string, file: string): Promise<string> =>
    readFile(file, 'utf8').catch(error => {
      throw new UsageError(`${flag} ${file} cannot be read: ${systemReason(error)}`)
    })
  return { cert: await read('--tls-cert', tlsCert), key: await read('--tls-key', tlsKey) }
}
