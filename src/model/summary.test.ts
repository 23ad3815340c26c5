import { expect, test } from 'vitest'
import { add, conv2d, dense, flatten, maxPooling2d } from '../nn/layers/index.ts'
import { graph, sequential } from './graph.ts'
import { buildModel } from './model.ts'
import { summary } from './summary.ts'

test('the standard network of report 002', () => {
  const standard = sequential([
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    maxPooling2d(),
    conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
    maxPooling2d(),
    flatten(),
    dense({ units: 64, activation: 'relu' }),
    dense({ units: 10, activation: 'softmax' }),
  ])
  expect(summary(buildModel(standard, [28, 28, 1]), 'standard')).toMatchInlineSnapshot(`
    "Model: "standard"
    _______________________________________________________________________________________________________________________________________________
    Layer (type)                     Output Shape         Param #   Multiply-adds   Receptive field   Options
    ===============================================================================================================================================
    conv2d (Conv2D)                  (None, 26, 26, 32)       320         194,688             3 × 3   filters 32, kernelSize 3 × 3, activation relu
    max_pooling2d (MaxPooling2D)     (None, 13, 13, 32)         0               0             4 × 4   poolSize 2 × 2
    conv2d_1 (Conv2D)                (None, 11, 11, 64)    18,496       2,230,272             8 × 8   filters 64, kernelSize 3 × 3, activation relu
    max_pooling2d_1 (MaxPooling2D)   (None, 5, 5, 64)           0               0           10 × 10   poolSize 2 × 2
    flatten (Flatten)                (None, 1600)               0               0           10 × 10
    dense (Dense)                    (None, 64)           102,464         102,400           28 × 28   units 64, activation relu
    dense_1 (Dense)                  (None, 10)               650             640           28 × 28   units 10, activation softmax
    ===============================================================================================================================================
    Total params: 121,930 (476.29 KB)
    Trainable params: 121,930 (476.29 KB)
    Non-trainable params: 0 (0.00 B)
    Multiply-adds per image: 2,528,000
    _______________________________________________________________________________________________________________________________________________"
  `)
})

test('a graph shows what each layer reads', () => {
  const block = conv2d({ filters: 8, kernelSize: 3, padding: 'same', useBias: false })
  const residual = graph({
    stem: [block, 'input'],
    branch: [conv2d({ filters: 8, kernelSize: 3, padding: 'same' }), 'stem'],
    sum: [add(), 'stem', 'branch'],
    row: [flatten(), 'sum'],
    head: [dense({ units: 3 }), 'row'],
  })
  expect(summary(buildModel(residual, [6, 6, 1]))).toMatchInlineSnapshot(`
    "Model: "model"
    _______________________________________________________________________________________________________________________________________________________
    Layer (type)      Output Shape      Param #   Multiply-adds   Receptive field   Connected to   Options
    =======================================================================================================================================================
    stem (Conv2D)     (None, 6, 6, 8)        72           2,592             3 × 3   input          filters 8, kernelSize 3 × 3, padding same, useBias false
    branch (Conv2D)   (None, 6, 6, 8)       584          20,736             5 × 5   stem           filters 8, kernelSize 3 × 3, padding same
    sum (Add)         (None, 6, 6, 8)         0               0             5 × 5   stem, branch
    row (Flatten)     (None, 288)             0               0             5 × 5   sum
    head (Dense)      (None, 3)             867             864             6 × 6   row            units 3
    =======================================================================================================================================================
    Total params: 1,523 (5.95 KB)
    Trainable params: 1,523 (5.95 KB)
    Non-trainable params: 0 (0.00 B)
    Multiply-adds per image: 24,192
    _______________________________________________________________________________________________________________________________________________________"
  `)
})

test('a graph that is a chain looks like one', () => {
  const chain = graph({ row: [flatten(), 'input'], head: [dense({ units: 2 }), 'row'] })
  expect(summary(buildModel(chain, [2, 2, 1]))).not.toContain('Connected to')
})

test('sizes are in bytes of float32, 1,024 to the next unit', () => {
  const paramsLine = (units: number, features = 1) =>
    summary(buildModel(sequential([dense({ units, useBias: false })]), [features])).match(
      /Total params: .*/,
    )?.[0]
  expect(paramsLine(255)).toBe('Total params: 255 (1020.00 B)')
  expect(paramsLine(256)).toBe('Total params: 256 (1.00 KB)')
  expect(paramsLine(1024 * 1024, 3)).toBe('Total params: 3,145,728 (12.00 MB)')
})
