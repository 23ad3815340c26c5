/**
 * How far the convolutions of an engine are from float64, beside plain float32 loops: the largest difference relative to the
 * largest value, and the root mean square relative to that of the values, of the three passes of convolutions of 3 x 3 and 5 x 5.
 *
 *   node scripts/setup.mjs && npx jiti bench/convolution-errors.ts
 */
import { conv2d, nativeBackend, referenceBackend, sequential } from 'heddle'
import { sum } from '../src/base/maths.ts'
import { buildModel } from '../src/model/model.ts'
import { relativeDifference, type StepValues } from '../src/testing/compare.ts'
import { randomStep, runStep } from '../src/testing/step.ts'

/** Window, size of the image, channels, filters, images. */
const SHAPES = [
  [3, 32, 16, 16, 8],
  [3, 11, 32, 64, 8],
  [3, 32, 64, 64, 4],
  [3, 16, 128, 128, 4],
  [3, 8, 256, 256, 4],
  [3, 7, 128, 128, 8],
  [5, 14, 32, 64, 8],
  [5, 11, 64, 64, 8],
  [5, 8, 128, 128, 4],
] as const

function errorOf(actual: ArrayLike<number>, expected: ArrayLike<number>): string {
  const squares = (values: ArrayLike<number>): number => sum(Array.from(values, x => x ** 2))
  const rms = Math.sqrt(squares(Array.from(expected, (x, i) => actual[i]! - x)) / squares(expected))
  const inTenMillionths = (ratio: number): string => (1e7 * ratio).toFixed(1).padStart(5)
  return `${inTenMillionths(relativeDifference(actual, expected))} / ${inTenMillionths(rms)}`
}

console.log('in 1e-7, largest / RMS         outputs         input gradient  kernel gradient')
for (const [kernelSize, size, channels, filters, batch] of SHAPES) {
  const convolution = sequential([conv2d({ filters, kernelSize, padding: 'same' })])
  const model = buildModel(convolution, [size, size, channels])
  const drawn = randomStep(model, { batch, seed: 1 })
  // Gradients around 0, as in training.
  const step = { ...drawn, outputGradient: drawn.outputGradient.map(x => x - 0.75) }
  const exact = await runStep(referenceBackend({ precision: 'float64' }), step)
  for (const [name, backend] of [
    ['loops', referenceBackend()],
    ['engine', nativeBackend()],
  ] as const) {
    const values = await runStep(backend, step)
    const kernel = ({ gradients }: StepValues) => [...gradients.values()][0]!
    const shape = `${kernelSize}: ${size} x ${size} x ${channels} -> ${filters}`
    console.log(
      [
        `${shape.padEnd(22)} ${name.padEnd(8)}`,
        errorOf(values.outputs, exact.outputs),
        errorOf(values.inputGradient, exact.inputGradient),
        errorOf(kernel(values), kernel(exact)),
      ].join('  '),
    )
  }
}
