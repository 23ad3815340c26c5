import type { Histogram } from '../histogram.ts'
import type { ServedModel } from '../served-model.ts'

interface Duration {
  readonly count: number
  readonly ns: number
}

const duration = (count: number, ms: number): Duration => ({ count, ns: Math.round(ms * 1e6) })
const durationOf = ({ count, sum }: Histogram): Duration => duration(count, sum)
const NONE = duration(0, 0)

/** `GET /v2/models/NAME/stats`: what a model has done, as Triton's clients read it. Answers are not kept, so none comes from a cache. */
export function modelStatistics({ name, version, statistics }: ServedModel): object {
  const { requestMs, decodeMs, queueMs, computeMs, batches, examples, batchSizes, failed, failedMs, lastAt } =
    statistics
  return {
    name,
    version,
    last_inference: Math.round(lastAt),
    inference_count: examples,
    execution_count: batchSizes.count,
    inference_stats: {
      success: durationOf(requestMs),
      fail: duration(failed, failedMs),
      queue: durationOf(queueMs),
      compute_input: durationOf(decodeMs),
      compute_infer: durationOf(computeMs),
      // The engine writes outputs in place: there is no step of its own.
      compute_output: duration(computeMs.count, 0),
      cache_hit: NONE,
      cache_miss: NONE,
    },
    batch_stats: [...batches].map(([size, { calls, computeMs: ms }]) => ({
      batch_size: size,
      compute_input: duration(calls, 0),
      compute_infer: duration(calls, ms),
      compute_output: duration(calls, 0),
    })),
  }
}
