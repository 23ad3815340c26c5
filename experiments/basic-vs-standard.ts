/**
 * Report 002 (H. Hernandez): is a second convolution worth its cost?
 *
 * The report trained both networks for 8 epochs on all 60,000 images with Adam, used the test images as validation
 * data, and printed 0.9030 (basic, 54,410 parameters) and 0.9069 (standard, 121,930 parameters), one run each.
 * Stated: layers, epochs, optimizer, loss, scaling to [0, 1]. Assumed: batch size 32, Keras' default.
 */
import { adam, conv2d, dense, experiment, fashionMnist, flatten, maxPooling2d, sequential } from 'heddle'

export default experiment({
  name: 'basic-vs-standard',
  data: fashionMnist(),
  models: {
    basic: sequential([
      conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      maxPooling2d(),
      flatten(),
      dense({ units: 10, activation: 'softmax' }),
    ]),
    standard: sequential([
      conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      maxPooling2d(),
      conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      maxPooling2d(),
      flatten(),
      dense({ units: 64, activation: 'relu' }),
      dense({ units: 10, activation: 'softmax' }),
    ]),
  },
  train: {
    optimizer: adam(),
    loss: 'sparseCategoricalCrossentropy',
    epochs: 8,
    batchSize: 32,
    validationData: 'test',
  },
})
