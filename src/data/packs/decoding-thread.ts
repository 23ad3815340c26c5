// Runs on a thread of its own: decodes picture files, one message each.
import { parentPort, workerData } from 'node:worker_threads'
import { imageDecoder } from '../sources/decode.ts'
import { loadSharp } from '../sources/sharp.ts'
import type { DecodingAnswer, DecodingQuestion, DecodingTask } from './decoding.ts'

const { colorMode, imageSize, options } = workerData as DecodingTask
// A thread decodes a picture: there are as many threads as cores.
;(await loadSharp()).concurrency(1)
const decode = await imageDecoder(colorMode, imageSize, options)

parentPort!.on('message', async ({ id, file }: DecodingQuestion) => {
  try {
    const { size, pixels } = await decode(file)
    // Its memory goes to the other thread, so it must hold nothing else.
    const own = pixels.byteLength === pixels.buffer.byteLength ? pixels : pixels.slice()
    answer({ id, size, pixels: own }, [own.buffer as ArrayBuffer])
  } catch (error) {
    answer({ id, reason: (error as Error).message })
  }
})

function answer(message: DecodingAnswer, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer)
}
