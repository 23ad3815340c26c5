import { count, percent, points } from '../../base/text.ts'
import type { ModelEvaluation } from '../../protocol/evaluation.ts'
import type { Fact } from '../../protocol/section.ts'
import type { ReportedModel } from '../../runs/gather-report.ts'
import { trainOptionText } from '../../train/options.ts'

/** What somebody must know before using the model. */
export function cardFacts({ model, options, runs, evaluation, findings }: ReportedModel): Fact[] {
  const { accuracy, interval, classes, calibration, tempered, generalization, mostConfused } = evaluation
  const run = runs[0]!.run
  const byRecall = classes
    .flatMap(({ name, recall }) => (recall === null ? [] : [{ name, recall }]))
    .sort((a, b) => a.recall - b.recall)
  const [worst, best] = [byRecall[0]!, byRecall.at(-1)!]
  const option = (name: string): string =>
    trainOptionText(name, options.find(one => one.name === name)?.value)
  const confused = mostConfused
    .slice(0, 3)
    .map(pair => `${pair.label} with ${pair.predicted} (${pair.count} images)`)
  const confidence =
    'refused' in calibration
      ? calibration.refused
      : `${points(calibration.expectedError, 1)} points off on average.${'refused' in tempered ? '' : ` At the temperature ${tempered.temperature.toFixed(2)}: ${points(tempered.calibration.expectedError, 1)}.`}`
  const fact = (name: string, text: string): Fact => ({ name, text })
  return [
    fact(
      'What it is',
      `${model.layers.length} layers, ${count(model.parameterCount)} parameters, ${count(model.multiplyAdds)} multiply-adds for an image of ${model.inputShape.join(' × ')}`,
    ),
    fact(
      'Trained on',
      `${run.dataset} ${run.fingerprint.slice(0, 12)}, ${run.epochsDone} epochs, batches of ${run.batchSize}, ${option('optimizer')}, ${option('loss')}`,
    ),
    fact(
      'Accuracy',
      `${percent(accuracy)}, 95 % interval ${points(interval[0])} to ${percent(interval[1])} (seed ${run.seed})`,
    ),
    fact(
      'Best and worst class',
      `${best.name} (recall ${percent(best.recall)}), ${worst.name} (${percent(worst.recall)})`,
    ),
    ...(confused.length > 0 ? [fact('Confuses', confused.join(', '))] : []),
    fact('Confidence', confidence),
    fact('Fit', 'refused' in generalization ? generalization.refused : generalization.sentence),
    ...weakestFact(evaluation),
    fact(
      'Not for',
      `anything but images like those of ${run.dataset}: every image is given one of ${classes.length} classes, whatever it shows`,
    ),
    fact('To ask it', `heddle predict ${run.id} image.png`),
    ...findings.map(({ severity, message }) => fact(`The doctor: ${severity}`, message)),
  ]
}

/** The kind that costs the most accuracy at its middle strength. */
function weakestFact({ robustness: curves, accuracy }: ModelEvaluation): Fact[] {
  const [worst] = [...curves].sort((a, b) => a.accuracies[2]! - b.accuracies[2]!)
  if (!worst) return []
  return [
    {
      name: 'Least sturdy against',
      text: `${worst.kind}: at ${worst.strengths[2]} ${worst.unit} ${percent(worst.accuracies[2]!)} of the images are left right, of ${percent(accuracy)}`,
    },
  ]
}
