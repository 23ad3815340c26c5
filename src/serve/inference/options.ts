import type { Backend } from '../../engine/backend.ts'
import type { ModelSource } from './model-source.ts'

/** What a server takes at most. */
interface InferenceLimits {
  /** Examples in a call of the engine. */
  readonly maxBatch: number
  /** While that many examples of a model wait, or have their pictures decoded, further requests are refused. */
  readonly maxQueue: number
  /** The size of a request. */
  readonly maxBodyBytes: number
  /** The pixels of a picture. */
  readonly maxPixels: number
  /** A request that is not there in full by then is given up. */
  readonly requestMs: number
}

export const logLevels = ['error', 'warn', 'info', 'debug', 'silent'] as const

export interface InferenceOptions {
  readonly sources: readonly ModelSource[]
  readonly backend: Backend
  /** A name or address of this machine. */
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** What clients send as `Authorization: Bearer …`; `null`: nothing, where only this machine reaches the server. */
  readonly token: string | null
  /** A certificate and its key as PEM texts; `null`: HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  /** Lines of JSON on stdout; `debug` has one for each request. */
  readonly logLevel: (typeof logLevels)[number]
  readonly limits: InferenceLimits
  /** How often the files of the models are looked at. */
  readonly watchMs: number
}
