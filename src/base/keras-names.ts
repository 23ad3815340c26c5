import { didYouMean } from './errors.ts'

/**
 * What to use in Heddle for a name of Keras or PyTorch that Heddle does not have, or calls otherwise.
 * Keys are in lower case, without `_`, `-` and the ending of the dimension (`2d`).
 */
const instead: Readonly<Record<string, string>> = {
  // Options of optimizers.
  lr: 'Heddle calls it learningRate.',
  decay: 'Use a schedule: learningRate: exponentialDecay({ … }).',
  betas: 'Heddle has beta1 and beta2.',
  eps: 'Heddle calls it epsilon.',
  alpha: 'Heddle follows Keras 3: the slope of leakyRelu is negativeSlope, and rmsprop calls it rho.',
  weightdecay:
    'adamw({ weightDecay }) has it; for other optimizers use kernelRegularizer: l2({ l2 }) in the layers.',
  amsgrad: 'Heddle has no AMSGrad variant of Adam.',
  warmuptarget: 'cosineDecay({ warmupTarget, warmupSteps }) has a warm-up.',
  warmupsteps: 'cosineDecay({ warmupTarget, warmupSteps }) has a warm-up.',
  // Options of layers.
  dropoutrate: 'dropout({ rate }) calls it rate.',
  p: 'dropout({ rate }) calls it rate.',
  outchannels: 'Heddle calls it filters.',
  inchannels: 'Heddle finds the number of input channels itself.',
  outfeatures: 'Heddle calls it units.',
  infeatures: 'Heddle finds the number of inputs itself.',
  inputdim: 'Heddle finds the number of inputs itself.',
  inputshape: 'Heddle takes it from the data; to fix it, write sequential([…], { inputShape }).',
  batchinputshape: 'Heddle takes the shape from the data; to fix it, write sequential([…], { inputShape }).',
  bias: 'Heddle calls it useBias.',
  stride: 'Heddle calls it strides.',
  dilation: 'Heddle calls it dilationRate.',
  dataformat: 'Heddle’s images are always [height, width, channels], Keras’ channels_last.',
  name: 'Layers get Keras’ automatic names; graph({ stem: [conv2d(…), "input"], … }) names them.',
  trainable: 'Only layers with weights have it: this one learns nothing.',
  dtype: 'Heddle computes in float32.',
  precision: 'Heddle computes in float32.',
  activityregularizer: 'Heddle has kernelRegularizer and biasRegularizer.',
  biasconstraint: 'Heddle has no constraints; kernelRegularizer: l2({ l2 }) keeps weights small.',
  kernelconstraint: 'Heddle has no constraints; kernelRegularizer: l2({ l2 }) keeps weights small.',
  // Activations, losses, initializers and paddings.
  swish: "Heddle calls it 'silu'.",
  hardswish: "Heddle calls it 'hardSilu'.",
  selu: "'elu' is the nearest that Heddle has.",
  lrelu: "Heddle calls it 'leakyRelu'.",
  identity: "Heddle calls it 'linear'.",
  none: "Leave the option out, or write 'linear'.",
  mse: "Heddle calls it 'meanSquaredError'.",
  crossentropy: "Use 'sparseCategoricalCrossentropy' for labels that are class numbers.",
  crossentropyloss: "Use 'sparseCategoricalCrossentropy' for labels that are class numbers.",
  nllloss: "Use 'sparseCategoricalCrossentropy' for labels that are class numbers.",
  focal:
    'Heddle has no focal loss. classWeight counts rare classes more, and in a program defineLoss makes one.',
  focalloss:
    'Heddle has no focal loss. classWeight counts rare classes more, and in a program defineLoss makes one.',
  categoricalfocalcrossentropy:
    'Heddle has no focal loss. classWeight counts rare classes more, and in a program defineLoss makes one.',
  binaryfocalcrossentropy:
    'Heddle has no focal loss. classWeight counts rare classes more, and in a program defineLoss makes one.',
  labelsmoothing: 'sparseCategoricalCrossentropy and categoricalCrossentropy have labelSmoothing.',
  xavier: "Heddle calls it 'glorotUniform' (or 'glorotNormal').",
  xavieruniform: "Heddle calls it 'glorotUniform'.",
  xaviernormal: "Heddle calls it 'glorotNormal'.",
  kaiminguniform: "Heddle calls it 'heUniform'.",
  kaimingnormal: "Heddle calls it 'heNormal'.",
  // Training.
  batch: 'Heddle calls it batchSize.',
  valacc: "Heddle calls it 'valAccuracy'.",
  acc: "Heddle calls it 'accuracy'.",
  nbepoch: 'Heddle calls it epochs.',
  nepochs: 'Heddle calls it epochs.',
  numepochs: 'Heddle calls it epochs.',
  verbose: '"heddle run" shows the progress; in a program use onEvent.',
  initialepoch: '"heddle resume RUN" continues a training.',
  stepsperepoch: 'An epoch is always all training images once.',
  validationfreq: 'Heddle validates after every epoch.',
  sampleweight: 'Heddle weighs classes, not images: classWeight: { Bag: 2 }.',
  workers: 'Heddle loads images on the threads of the engine: --threads.',
  runeagerly: 'Heddle has only its compiled engine.',
  dataaugmentation: 'Heddle calls it augmentation: [randomFlip(), …].',
  // Callbacks.
  backupandrestore: 'Every run can be continued without a callback: "heddle resume RUN".',
  tensorboard: 'Use "heddle run --tensorboard FOLDER", or "heddle runs export --tensorboard".',
  terminateonnan: 'Every training stops when the loss is not finite.',
  lambdacallback: 'In a program, fit(…, { onEvent }) calls your function after every step and epoch.',
  // Layers, models and augmentation.
  inputlayer: 'Heddle takes the input shape from the data.',
  functional: 'Use graph({ … }).',
  linear: "A fully connected layer is dense({ units }); the activation is called 'linear'.",
  maxpool: 'Heddle calls it maxPooling2d (or maxPooling1d).',
  avgpool: 'Heddle calls it averagePooling2d (or averagePooling1d).',
  globalavgpool: 'Heddle calls it globalAveragePooling2d.',
  globalmaxpool: 'Heddle calls it globalMaxPooling2d.',
  batchnorm: 'Heddle calls it batchNormalization.',
  layernorm: 'Heddle calls it layerNormalization.',
  groupnorm: 'Heddle calls it groupNormalization.',
  leakyrelu:
    "Write activation: 'leakyRelu' in the layer before, or the layer activation({ activation: 'leakyRelu' }).",
  softmax:
    "Write activation: 'softmax' in the last dense layer, or the layer activation({ activation: 'softmax' }).",
  convtranspose: 'Heddle has no transposed convolution: it classifies images.',
  embedding: 'Heddle has no layers for text: it classifies images.',
  lstm: 'Heddle has no recurrent layers: it classifies images.',
  gru: 'Heddle has no recurrent layers: it classifies images.',
  multiheadattention: 'Heddle has no attention layers.',
  lambda:
    'Heddle’s models are JSON, so a layer cannot hold a function. In a program, defineLayer makes one from ops.',
  randaugment: 'Heddle has no RandAugment. List the augmentations that you want.',
  imagedatagenerator:
    'Use imageFolder({ path, imageSize }) as the data and augmentation: […] in the training.',
  imagedatasetfromdirectory: 'Use imageFolder({ path, imageSize }).',
}

/**
 * What to write instead of `word`: the same name in Heddle's spelling (`kernel_size`, `Conv2D`), what Heddle has for a
 * name that Keras' or PyTorch's users know, or the nearest of `candidates`. Begins with a space; empty if nothing helps.
 *
 * @example
 * hintFor('kernel_size', ['filters', 'kernelSize']) // ' Did you mean "kernelSize"?'
 */
export function hintFor(word: string, candidates: readonly string[]): string {
  const plain = plainOf(word)
  const same = candidates.find(candidate => plainOf(candidate) === plain)
  if (same !== undefined) return ` Did you mean "${same}"?`
  return insteadOf(word) || didYouMean(word, candidates)
}

/** One sentence about a name that Heddle does not have; empty text for a name that is not known from elsewhere either. */
function insteadOf(word: string): string {
  const plain = plainOf(word)
  const sentence = [plain, plain.replace(/[123]d$/, '')].find(key => Object.hasOwn(instead, key))
  return sentence === undefined ? '' : ` ${instead[sentence]}`
}

/** The longest name that is looked up: names come from anywhere. */
const LONGEST = 60

function plainOf(word: string): string {
  return word.slice(0, LONGEST).replaceAll(/[_-]/g, '').toLowerCase()
}
