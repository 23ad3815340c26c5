import type { CitationStyle } from '../../protocol/publication.ts'

/** A source, as every style needs it. */
interface Source {
  readonly authors: readonly (readonly [family: string, initials: string])[]
  readonly year: number
  readonly title: string
  /** The journal, conference or archive. */
  readonly where: string
  readonly url?: string
}

const sources = {
  'fashion-mnist': {
    authors: [
      ['Xiao', 'H.'],
      ['Rasul', 'K.'],
      ['Vollgraf', 'R.'],
    ],
    year: 2017,
    title: 'Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms',
    where: 'arXiv:1708.07747',
    url: 'https://arxiv.org/abs/1708.07747',
  },
  convolution: {
    authors: [
      ['LeCun', 'Y.'],
      ['Bottou', 'L.'],
      ['Bengio', 'Y.'],
      ['Haffner', 'P.'],
    ],
    year: 1998,
    title: 'Gradient-based learning applied to document recognition',
    where: 'Proceedings of the IEEE, 86(11), 2278–2324',
  },
  adam: {
    authors: [
      ['Kingma', 'D. P.'],
      ['Ba', 'J.'],
    ],
    year: 2015,
    title: 'Adam: a method for stochastic optimization',
    where: 'International Conference on Learning Representations',
    url: 'https://arxiv.org/abs/1412.6980',
  },
  adadelta: {
    authors: [['Zeiler', 'M. D.']],
    year: 2012,
    title: 'ADADELTA: an adaptive learning rate method',
    where: 'arXiv:1212.5701',
    url: 'https://arxiv.org/abs/1212.5701',
  },
  dropout: {
    authors: [
      ['Srivastava', 'N.'],
      ['Hinton', 'G.'],
      ['Krizhevsky', 'A.'],
      ['Sutskever', 'I.'],
      ['Salakhutdinov', 'R.'],
    ],
    year: 2014,
    title: 'Dropout: a simple way to prevent neural networks from overfitting',
    where: 'Journal of Machine Learning Research, 15(56), 1929–1958',
  },
  batchNormalization: {
    authors: [
      ['Ioffe', 'S.'],
      ['Szegedy', 'C.'],
    ],
    year: 2015,
    title: 'Batch normalization: accelerating deep network training by reducing internal covariate shift',
    where: 'International Conference on Machine Learning',
    url: 'https://arxiv.org/abs/1502.03167',
  },
  wilson: {
    authors: [['Wilson', 'E. B.']],
    year: 1927,
    title: 'Probable inference, the law of succession, and statistical inference',
    where: 'Journal of the American Statistical Association, 22(158), 209–212',
  },
  holm: {
    authors: [['Holm', 'S.']],
    year: 1979,
    title: 'A simple sequentially rejective multiple test procedure',
    where: 'Scandinavian Journal of Statistics, 6(2), 65–70',
  },
  calibration: {
    authors: [
      ['Guo', 'C.'],
      ['Pleiss', 'G.'],
      ['Sun', 'Y.'],
      ['Weinberger', 'K. Q.'],
    ],
    year: 2017,
    title: 'On calibration of modern neural networks',
    where: 'International Conference on Machine Learning',
    url: 'https://arxiv.org/abs/1706.04599',
  },
  robustness: {
    authors: [
      ['Hendrycks', 'D.'],
      ['Dietterich', 'T.'],
    ],
    year: 2019,
    title: 'Benchmarking neural network robustness to common corruptions and perturbations',
    where: 'International Conference on Learning Representations',
    url: 'https://arxiv.org/abs/1903.12261',
  },
} as const satisfies Readonly<Record<string, Source>>

export type SourceName = keyof typeof sources

/** Sources in a style, in its order, and how a text cites each. */
export interface References {
  readonly lines: readonly string[]
  readonly cite: (key: string) => string
}

/**
 * The list of references. APA and MLA go by the alphabet, IEEE by the order in which `used` has them.
 *
 * @example
 * referencesIn('ieee', ['adam']).cite('adam') // '[1]'
 */
export function referencesIn(style: CitationStyle, used: readonly SourceName[]): References {
  const ordered =
    style === 'ieee' ? used : [...used].sort((a, b) => familyOf(a).localeCompare(familyOf(b), 'en'))
  return {
    lines: ordered.map((key, i) =>
      style === 'ieee' ? `[${i + 1}] ${line(sources[key], style)}` : line(sources[key], style),
    ),
    cite(key) {
      const place = ordered.indexOf(key as SourceName)
      if (place < 0) return `{cite:${key}}`
      if (style === 'ieee') return `[${place + 1}]`
      const { authors, year } = sources[key as SourceName] as Source
      const names = authors.map(([family]) => family)
      const shown = names.length > 2 ? `${names[0]} et al.` : names.join(style === 'apa' ? ' & ' : ' and ')
      return style === 'apa' ? `(${shown}, ${year})` : `(${shown})`
    },
  }
}

function familyOf(key: SourceName): string {
  return sources[key].authors[0][0]
}

function line({ authors, year, title, where, url }: Source, style: CitationStyle): string {
  const address = url === undefined ? '' : ` ${url}`
  switch (style) {
    case 'apa':
      return `${listed(
        authors.map(([family, initials]) => `${family}, ${initials}`),
        ', & ',
      )} (${year}). ${title}. ${where}.${address}`
    case 'ieee':
      return `${listed(
        authors.map(([family, initials]) => `${initials} ${family}`),
        ' and ',
      )}, “${title},” ${where}, ${year}.${address}`
    case 'mla': {
      const [[family, initials], ...others] = authors as [
        readonly [string, string],
        ...(readonly [string, string])[],
      ]
      const more =
        others.length === 0 ? '' : others.length === 1 ? `, and ${others[0]![1]} ${others[0]![0]}` : ', et al'
      return `${family}, ${initials.replace(/\.$/, '')}${more}. “${title}.” ${where}, ${year}.${address}`
    }
  }
}

/** Names with `last` before the last of them. */
function listed(names: readonly string[], last: string): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')}${last}${names.at(-1)}`
}
