import { useState } from 'react'
import { count, plural } from '../../../src/base/text.ts'
import type { DataPage, LabelCorrections, Split } from '../../../src/protocol/data.ts'
import { Audit } from '../data/audit.tsx'
import { Augmentation } from '../data/augmentation.tsx'
import { Corrections } from '../data/corrections.tsx'
import { Images } from '../data/images-part.tsx'
import { Skeleton } from '../design/skeleton.tsx'
import { Choice } from '../parts/controls.tsx'
import { Problem } from '../parts/messages.tsx'
import { useGet } from '../parts/use-get.ts'
import type { ViewProps } from '../router.tsx'
import { go, Link, setQuery } from '../router.tsx'
import '../data/data.css'

const parts = {
  images: 'Images',
  augmentation: 'Augmentation',
  audit: 'Audit',
  corrections: 'Corrections',
} as const

/** `/data/<name>?show=…&split=…&class=…&page=…&index=…` */
export function DatasetView({ place }: ViewProps) {
  const known = useGet<{ names: readonly string[] }>('/data')
  const name = place.path[1] ?? known.data?.names[0]
  const page = useGet<DataPage>(name === undefined ? null : `/data/${encodeURIComponent(name)}`)
  const show = place.query.get('show') ?? 'images'
  if (known.error) return <Problem error={known.error} onRetry={known.reload} />
  return (
    <div className="stack data">
      <header className="heading">
        <h1>Data</h1>
        <Choice
          label="Dataset"
          of={
            known.data?.names.includes(name!) ? known.data.names : [name ?? '', ...(known.data?.names ?? [])]
          }
          value={name ?? ''}
          onChange={one => go(`/data/${encodeURIComponent(one)}`)}
        />
        <p className="quiet">{page.data ? factsOf(page.data) : ' '}</p>
      </header>
      <nav className="tabs" aria-label="Parts of the page">
        {Object.entries(parts).map(([part, title]) => (
          <Link
            key={part}
            href={`?show=${part}`}
            aria-current={part === show ? 'true' : undefined}
            onClick={event => {
              event.preventDefault()
              setQuery({ show: part === 'images' ? undefined : part }, { step: true })
            }}
          >
            {title}
          </Link>
        ))}
      </nav>
      {page.error ? (
        <Problem error={page.error} onRetry={page.reload} />
      ) : page.data ? (
        <Part key={page.data.name} page={page.data} show={show} query={place.query} />
      ) : (
        <Skeleton label="Reading the data: the first time this may take a while …" rows={16} />
      )}
    </div>
  )
}

function Part({
  page,
  show,
  query,
}: {
  readonly page: DataPage
  readonly show: string
  readonly query: URLSearchParams
}) {
  const [corrections, setCorrections] = useState<LabelCorrections>(page.corrections)
  const split: Split = query.get('split') === 'test' ? 'test' : 'train'
  const shared = { page, split, query, corrections, onCorrections: setCorrections }
  if (show === 'augmentation') return <Augmentation {...shared} />
  if (show === 'audit') return <Audit {...shared} />
  if (show === 'corrections') return <Corrections {...shared} />
  return <Images {...shared} />
}

function factsOf({ counts, imageShape, classNames, fingerprint }: DataPage): string {
  const validation = counts.validation > 0 ? `${count(counts.validation)} to validate on, ` : ''
  return `${count(counts.train)} to train on, ${validation}${count(counts.test)} to test · ${imageShape.join(' × ')} · ${plural(classNames.length, 'class', 'classes')} · ${fingerprint.slice(0, 12)}`
}
