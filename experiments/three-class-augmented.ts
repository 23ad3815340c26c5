/**
 * Report 003 again, on images that are flipped, turned, cropped and cut out while training.
 *
 * Stated: the kinds of augmentation, and that each image gets none, one or several at random. Assumed: how far and how often.
 * The report found 1 to 1.5 points less on the test images, which were not flipped.
 */
import { cutout, experiment, randomCrop, randomFlip, randomRotation } from 'heddle'
import plain from './three-class.ts'

export default experiment({
  ...plain,
  name: 'three-class-augmented',
  train: {
    ...plain.train,
    augmentation: [
      randomFlip({ mode: 'horizontalAndVertical' }),
      randomRotation({ factor: 0.08, fillMode: 'constant', probability: 0.5 }),
      randomCrop({ padding: 4, probability: 0.5 }),
      cutout({ size: 8, probability: 0.5 }),
    ],
  },
})
