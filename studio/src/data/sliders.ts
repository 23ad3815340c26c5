/** One augmentation as the page offers it: what its sliders set, in the order in which they are applied. */
export interface Slider {
  readonly kind: string
  readonly title: string
  readonly min: number
  readonly max: number
  readonly step: number
  /** Where it stands when it is switched on. */
  readonly start: number
  /** What stands beside the slider. */
  readonly show: (value: number) => string
  readonly spec: (value: number) => Readonly<Record<string, unknown>>
}

const share = (value: number): string => `± ${Math.round(100 * value)} %`

type Range = Pick<Slider, 'min' | 'max' | 'step' | 'start' | 'show'>

const factors: Range = { min: 0.01, max: 0.5, step: 0.01, start: 0.1, show: share }

const probabilities: Range = {
  min: 0.1,
  max: 1,
  step: 0.1,
  start: 0.5,
  show: value => `${Math.round(100 * value)} % of images`,
}

export const sliders: readonly Slider[] = [
  {
    kind: 'randomFlip',
    title: 'Flip, left and right',
    ...probabilities,
    spec: probability => ({ mode: 'horizontal', probability }),
  },
  {
    kind: 'randomRotation',
    title: 'Rotation',
    min: 0.005,
    max: 0.5,
    step: 0.005,
    start: 0.05,
    show: value => `± ${Math.round(360 * value)}°`,
    spec: factor => ({ factor }),
  },
  {
    kind: 'randomTranslation',
    title: 'Translation',
    ...factors,
    spec: factor => ({ heightFactor: factor, widthFactor: factor }),
  },
  {
    kind: 'randomZoom',
    title: 'Zoom',
    ...factors,
    spec: heightFactor => ({ heightFactor }),
  },
  {
    kind: 'randomCrop',
    title: 'Shift by whole pixels',
    min: 1,
    max: 8,
    step: 1,
    start: 2,
    show: value => `± ${value} px`,
    spec: padding => ({ padding }),
  },
  {
    kind: 'randomBrightness',
    title: 'Brightness',
    min: 0.02,
    max: 1,
    step: 0.02,
    start: 0.2,
    show: share,
    spec: factor => ({ factor }),
  },
  {
    kind: 'randomContrast',
    title: 'Contrast',
    min: 0.02,
    max: 0.98,
    step: 0.02,
    start: 0.3,
    show: share,
    spec: factor => ({ factor }),
  },
  {
    kind: 'randomErasing',
    title: 'Random erasing',
    ...probabilities,
    spec: probability => ({ probability }),
  },
  {
    kind: 'cutout',
    title: 'Cutout',
    min: 2,
    max: 20,
    step: 1,
    start: 8,
    show: value => `${value} × ${value} px`,
    spec: size => ({ size }),
  },
  {
    kind: 'mixup',
    title: 'Mixup',
    ...probabilities,
    spec: probability => ({ probability }),
  },
  {
    kind: 'cutmix',
    title: 'CutMix',
    ...probabilities,
    spec: probability => ({ probability }),
  },
]

/** How strong each is that is on, by kind. */
export type Strengths = Readonly<Record<string, number>>

/** `randomFlip:0.5,randomRotation:0.05`, as addresses have it. What is not known, or out of range, is left out. */
export function strengthsOf(text: string | null): Strengths {
  const pairs = (text ?? '').split(',').map(part => part.split(':') as [string, string?])
  return Object.fromEntries(
    pairs.flatMap(([kind, value]) => {
      const slider = sliders.find(one => one.kind === kind)
      const number = Number(value)
      return slider && number >= slider.min && number <= slider.max ? [[kind, number]] : []
    }),
  )
}

export function textOf(strengths: Strengths): string {
  return Object.entries(strengths)
    .map(([kind, value]) => `${kind}:${value}`)
    .join(',')
}

/** What the server and an experiment take. */
export function specsOf(strengths: Strengths): readonly Readonly<Record<string, unknown>>[] {
  return sliders
    .filter(({ kind }) => strengths[kind] !== undefined)
    .map(({ kind, spec }) => ({ kind, ...spec(strengths[kind]!) }))
}

/** As one writes it in an experiment. */
export function codeOf(strengths: Strengths): string {
  const calls = specsOf(strengths).map(({ kind, ...options }) => {
    const pairs = Object.entries(options).map(
      ([name, value]) => `${name}: ${typeof value === 'string' ? `'${value}'` : value}`,
    )
    return `  ${kind}({ ${pairs.join(', ')} }),\n`
  })
  return `augmentation: [\n${calls.join('')}],`
}
