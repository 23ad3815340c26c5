/**
 * What each part of recipes/fashion-mnist-94.ts is worth: the training for 92 % without one of them at a time.
 *
 *     heddle run recipes/fashion-mnist-94-parts.ts --seeds 3
 *     heddle compare fashion-mnist-94-parts
 *
 * These runs chose no setting of the recipe. bench/results/recipe.json has the accuracies with and without the other views.
 */
import { adam, experiment, fashionMnist, randomFlip, sgd, sparseCategoricalCrossentropy } from 'heddle'
import { goals, modelOf, riseAndFall, trainingOf } from './fashion-mnist-94.ts'

const goal = goals['92']!
const train = trainingOf(goal, 60_000)
const steps = Math.ceil(60_000 / train.batchSize) * train.epochs
const model = modelOf(goal)

export default experiment({
  name: 'fashion-mnist-94-parts',
  data: fashionMnist(),
  train,
  models: { recipe: model, sgd: model, adam: model, 'hard-labels': model, unmoved: model },
  overrides: {
    sgd: { optimizer: sgd({ learningRate: riseAndFall(0.1, steps), momentum: 0.9, nesterov: true }) },
    adam: { optimizer: adam({ learningRate: riseAndFall(0.004, steps) }) },
    'hard-labels': { loss: sparseCategoricalCrossentropy() },
    unmoved: { augmentation: [randomFlip({ mode: 'horizontal' })] },
  },
})
