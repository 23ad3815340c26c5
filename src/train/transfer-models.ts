import { relative, resolve } from 'node:path'
import { UsageError } from '../base/errors.ts'
import type { Pair } from '../base/schema.ts'
import type { PixelRange } from '../data/pixels.ts'
import type { ModelSpec } from '../model/graph.ts'
import { sequential } from '../model/graph.ts'
import { pretrained, pretrainedText } from '../model/pretrained.ts'
import { readPretrained } from '../network/pretrained.ts'
import { averagePooling2d, dense, dropout, type LayerSpec } from '../nn/layers/index.ts'

/** A network with a new head behind a pretrained part, and the images that it takes. */
export interface TransferModel {
  readonly model: ModelSpec
  readonly size: Pair
  readonly colorMode: 'rgb' | 'grayscale'
  readonly pixelRange: PixelRange
  /** For people. */
  readonly text: string
}

/** Reads the file, from a path that `baseDir` is left out of. Throws as `readPretrained` does, and for a file that takes no pictures. */
export async function transferModel(
  file: string,
  { baseDir, classes }: { readonly baseDir: string; readonly classes: number },
): Promise<TransferModel> {
  const path = relative(baseDir, resolve(file))
  const head = [dropout({ rate: 0.2 }), dense({ units: classes, activation: 'softmax' })]
  const model = await readPretrained(sequential([pretrained({ file: path }), ...head]), { baseDir })
  const { inputShape, pixelRange } = model.pretrained!.read!
  const [height, width, channels] = inputShape
  if (inputShape.length !== 3 || (channels !== 1 && channels !== 3))
    throw new UsageError(`${file} takes ${inputShape.join(' × ')}, which is not a picture.`)
  return {
    model,
    size: [height!, width!],
    colorMode: channels === 3 ? 'rgb' : 'grayscale',
    pixelRange,
    text: pretrainedText(model.pretrained!),
  }
}

/** What a small network begins with where images are large: they are reduced to about `side` pixels. */
export function reduction(size: Pair, side: number): readonly LayerSpec[] {
  const factor = Math.floor(Math.min(...size) / side)
  return factor > 1 ? [averagePooling2d({ poolSize: factor })] : []
}
