/**
 * Numbers and sentences beside the results that the reports print, and that findings check. `slips` are seen by reading
 * the report's text and code.
 */
export const printed = {
  '000': {
    /** In points: (training loss − test loss) · 100 and (test accuracy − training accuracy) · 100. */
    deltas: [
      [50.2, 17.5],
      [22, 8.2],
      [13.2, 4.5],
      [8.6, 2.9],
      [4.9, 1.8],
      [14, 4.1],
      [4.6, 1.5],
      [7.9, 2.7],
    ],
    /** In the text, where the tables say 10 and 46. */
    textEpochsOfModel1: 20,
    textSecondsOfModel8: 45,
    /** What the text calls suffering from overfitting. */
    calledOverfitting: [1, 2, 6, 8],
  },
  '001': {
    modelsInConclusion: 8,
    oneHotLength: 9,
    labelCalledCorrectForTshirt: 1,
    accuracyDrops: [null, 36, 46, 64, 58.7],
    /** In the text, beside 0.888 in the table and elsewhere in the text. */
    textLossOfModel1: 0.88,
    /** Numbers in the printed rows of train_x[1] and test_x[1]. */
    rowLengths: [26, 27],
    /** "The value for each pixel is 1-255". */
    leastPixel: 1,
    /** Table 1, of model 2. */
    dropoutOfModel2: 0.3,
    /** "Loss is a summation of the differences between the predictions and true values". */
    loss: 'a summation of the differences between the predictions and true values',
  },
  '002': {
    cost: { claim: 'half as computationally expensive', ratio: 2 },
    curves: { firstLoss: 0.34, gapAfter: 3, bestEpochs: [3, 4], shortEpochs: 3 },
    slips: [
      {
        claim: 'The listing of the standard model.',
        found:
          'It does not parse: the second convolution lacks its closing bracket, and a comma is missing after Dense(64).',
      },
      {
        claim: 'Two listings: "Basic Model" and "Standard Model".',
        found: 'Both assign to modelBasic: the second one replaces the first.',
      },
    ],
  },
  '003': {
    supports: { Top: 5000, Accessories: 4000, Bottom: 1000 } as Readonly<Record<string, number>>,
    /** One against the rest, for Top, Accessories and Bottom as printed. */
    perClass: [
      [0.9867, 0.9924, 0.9913],
      [0.9918, 0.9937, 0.9959],
      [0.9873, 0.992, 0.9927],
      [0.9934, 0.9958, 0.9958],
      [0.986, 0.9914, 0.9908],
      [0.9801, 0.9859, 0.984],
    ],
    /** Of the second convolution and of the second pooling. */
    receptiveFields: [10, 16],
    /** "about 1-1.5% better accuracy". */
    betterWithoutAugmentation: [1, 1.5],
    /** "model 3 where we add l2 regularization ... converges slower": first epoch with this validation accuracy. */
    convergedAt: 0.97,
    slips: [
      {
        claim: 'A graph of "model 3 where we add drop out layers".',
        found: 'Dropout is added in model 4; model 3 adds L2.',
      },
      {
        claim: 'A false positive: "predicts a shirt as a shoe when the class is shoe".',
        found:
          'That prediction is right. A false positive of the class shoe is a shirt that is predicted as a shoe.',
      },
    ],
  },
  '004': {
    steps: 750,
    secondsPerEpoch: 47,
    msPerStep: 60,
    firstEpoch: { loss: 0.5846, accuracy: 0.7841, valLoss: 0.4175, valAccuracy: 0.8463 },
    /** "three convolutional layers followed by max-pooling layers". */
    poolings: 3,
    slips: [
      {
        claim: 'The listing imports dtlls from tensorflow.keras.datasets.',
        found:
          'There is no such data set; fashion_mnist, which the next line uses, is not imported, nor is utils.',
      },
      {
        claim: 'The images are reshaped and the labels made one-hot in section 2.1.',
        found:
          'Section 2.2 does both once more: one-hot labels would become one-hot twice, and no longer fit the network.',
      },
    ],
  },
} as const
