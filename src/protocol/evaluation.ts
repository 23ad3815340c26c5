// What `heddle evaluate` says of one run: plain values, as they are written to JSON.

/** How often examples of one class were taken for another: `matrix[labelled][predicted]`, counts. */
export type ConfusionMatrix = readonly (readonly number[])[]

/** One class against all others. */
export interface OneVsRest {
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
  /** (TP + TN) / all: high for every rare class, even one that is never predicted. */
  readonly accuracy: number
  /** TP / (TP + FN); `null` where the class has no examples. */
  readonly recall: number | null
}

/** One class, or the average over classes. */
export interface ReportRow {
  /** TP / (TP + FP). */
  readonly precision: number
  /** TP / (TP + FN). */
  readonly recall: number
  /** 2 TP / (2 TP + FP + FN). */
  readonly f1Score: number
  /** Examples with the label. */
  readonly support: number
}

export interface ClassificationReport {
  readonly classes: readonly (ReportRow & { readonly name: string })[]
  readonly accuracy: number
  readonly support: number
  /** The mean over classes. */
  readonly macroAverage: ReportRow
  /** The mean over classes, each as often as it has examples. */
  readonly weightedAverage: ReportRow
}

/** Points of a curve and the area below it. */
export interface Curve {
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly area: number
}

export interface ClassCurves {
  readonly name: string
  /** `null`: no example is of the class, or all of them are. */
  readonly roc: Curve | null
  /** `null`: no example is of the class. */
  readonly precisionRecall: Curve | null
}

/** Examples whose confidence, the probability of the predicted class, lies in (from, to]. */
export interface ReliabilityBin {
  readonly from: number
  readonly to: number
  readonly count: number
  /** Means over the bin; `null` where it is empty. */
  readonly confidence: number | null
  readonly accuracy: number | null
}

export interface Calibration {
  readonly bins: readonly ReliabilityBin[]
  /** Σ count / all · |accuracy − confidence|: how far, on average, a confidence is from the share that is right. */
  readonly expectedError: number
  /** The largest gap of a bin that is not empty. */
  readonly maximumError: number
  /** The mean of Σ_k (p_k − t_k)². */
  readonly brierScore: number
  /** The mean of −log p of the label, p no smaller than 2⁻⁵². */
  readonly logLoss: number
}

/** Why something was not measured. */
export interface Refused {
  readonly refused: string
}

/** An image that a network got most wrong. */
export interface HardImage {
  readonly index: number
  readonly label: number
  readonly predicted: number
  /** The outputs for both. */
  readonly ofLabel: number
  readonly ofPredicted: number
}

export interface ConfusedPair {
  readonly label: string
  readonly predicted: string
  readonly count: number
}

/** Everything that a network's predictions on a test set say about it. */
export interface Evaluation {
  readonly images: number
  readonly accuracy: number
  /** Wilson's, 95 %. */
  readonly interval: readonly [number, number]
  /** By k, for each k that was asked for. */
  readonly topK: Readonly<Record<number, number>>
  readonly classNames: readonly string[]
  readonly confusion: ConfusionMatrix
  readonly report: ClassificationReport
  readonly classes: readonly (OneVsRest & {
    readonly name: string
    /** `null`: no example is of the class, or all of them are. */
    readonly rocArea: number | null
    /** `null`: no example is of the class. */
    readonly averagePrecision: number | null
  })[]
  /** `null`: labels and predictions never change, and chance alone would agree as well. */
  readonly kappa: number | null
  readonly matthews: number
  /** Where the outputs are not probabilities: why there is none. */
  readonly calibration: Calibration | Refused
  readonly hardest: readonly HardImage[]
  readonly mostConfused: readonly ConfusedPair[]
  readonly warnings: readonly string[]
}

/** The probabilities at the temperature that fits validation examples best. */
export interface TemperedCalibration {
  readonly temperature: number
  /** How many validation examples it was fitted on. */
  readonly fittedOn: number
  /** The calibration of the test examples at that temperature. */
  readonly calibration: Calibration
}

export type CorruptionKind = 'shift' | 'rotation' | 'noise' | 'blur' | 'contrast' | 'occlusion'

/** How accuracy falls as test images are spoilt. */
export interface RobustnessCurve {
  readonly kind: CorruptionKind
  /** What strengths are counted in, such as `pixels`. */
  readonly unit: string
  readonly strengths: readonly number[]
  readonly accuracies: readonly number[]
}

/** What is known of training images beside test images, both with dropout off. */
export interface Generalization {
  readonly trainAccuracy: number
  /** Training images that were looked at. */
  readonly trainImages: number
  /** What the last epoch showed while weights were changing, and any dropout was on; `null`: nothing was recorded. */
  readonly runningAccuracy: number | null
  /** Training less test accuracy, with a 95 % interval. */
  readonly gap: number
  readonly interval: readonly [number, number]
  readonly sentence: string
}

/** Whose test it is. */
interface EvaluatedModel {
  /** `null`: a model file that no run of this store has kept. */
  readonly run: string | null
  /** `experiment/model, seed 1`, or the file. */
  readonly name: string
  readonly params: number
  readonly dataset: string
  readonly fingerprint: string
}

/** A table of more classes than this is not read: pages show the worst and the best of them, and the most confused pairs. */
export const MANY_CLASSES = 30
/** A matrix of more classes than this has a million cells, most of them 0: those that are not are listed. */
export const MOST_IN_MATRIX = 100
/** More curves than this cannot be told apart: of many classes, those with the smallest area are kept. */
export const MOST_CURVES = 20

/** What `heddle evaluate --json` prints. */
export interface ModelEvaluation extends Omit<Evaluation, 'confusion'> {
  /** `null`: there are more than 100 classes; `confusionCells` has what is not 0. */
  readonly confusion: ConfusionMatrix | null
  /** `[label, predicted, count]` of every cell that is not 0; `null` where `confusion` has them. */
  readonly confusionCells: readonly (readonly [label: number, predicted: number, count: number])[] | null
  readonly model: EvaluatedModel
  /** The mean over the test images, with what regularizers add; `null`: a model file does not name its loss. */
  readonly loss: number | null
  /** One for each class, or only the 20 with the smallest ROC area if there are more than 30. */
  readonly curves: readonly ClassCurves[]
  readonly tempered: TemperedCalibration | Refused
  readonly generalization: Generalization | Refused
  readonly robustness: readonly RobustnessCurve[]
}
