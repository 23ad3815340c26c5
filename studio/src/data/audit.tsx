import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react'
import { percent } from '../../../src/base/text.ts'
import type { DataAudit, ImageOf, SuspectLabel } from '../../../src/protocol/audit.ts'
import type { AuditState, Split } from '../../../src/protocol/data.ts'
import type { Section } from '../../../src/protocol/section.ts'
import { auditSection, imageName } from '../../../src/show/audit-section.ts'
import { get, send } from '../api.ts'
import { Empty, Problem } from '../parts/messages.tsx'
import { type Picture, Pixels } from '../parts/pixels.tsx'
import { SectionView } from '../parts/section-view.tsx'
import { setQuery } from '../router.tsx'
import { useImages } from './images.ts'
import type { PartProps } from './part.ts'

const LOOK_MS = 1000
/** How many suspects can be marked here; `heddle data audit --json` has all. */
const SHOWN = 60

/** What is odd about a dataset, and a way to say which label is wrong. */
export function Audit(props: PartProps) {
  const path = `/data/${encodeURIComponent(props.page.name)}/audit`
  const { state, error, start } = useAudit(path)
  if (error) return <Problem error={error} onRetry={() => void start()} />
  if (!state) return <p className="quiet">Looking for an audit …</p>
  if (state.state === 'done') return <Found {...props} audit={state.audit} />
  if (state.state === 'running') {
    return (
      <Empty title="The data is being audited">
        <p role="status">{state.said || 'Starting …'}</p>
        <p className="quiet">
          Seconds for thousands of images, minutes for Fashion-MNIST. It goes on when you leave this page.
        </p>
      </Empty>
    )
  }
  return (
    <Empty title="This data has not been audited">
      {state.state === 'failed' && <Problem error={new Error(state.said)} />}
      <p>
        An audit finds copies between training and test images, images unlike all others, and labels that
        networks which have not seen them contradict.
      </p>
      <p>
        <button type="button" className="main" onClick={() => void start()}>
          Audit {props.page.name}
        </button>
      </p>
    </Empty>
  )
}

function useAudit(path: string) {
  const [state, setState] = useState<AuditState | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const take = useCallback((asked: Promise<AuditState>) => asked.then(setState, setError), [])
  useEffect(() => void take(get<AuditState>(path)), [path, take])
  const isRunning = state?.state === 'running'
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(() => void take(get<AuditState>(path)), LOOK_MS)
    return () => clearInterval(timer)
  }, [isRunning, path, take])
  const start = (): Promise<void> => {
    setError(null)
    return take(send<AuditState>('POST', path))
  }
  return { state, error, start }
}

function Found({ page, audit, corrections, onCorrections }: PartProps & { readonly audit: DataAudit }) {
  const section = useMemo(() => auditSection(audit), [audit])
  const suspects = 'refused' in audit.labels ? [] : audit.labels.suspects.slice(0, SHOWN)
  const { pictureOf, error } = usePictures(page, [...suspects, ...imagesOf(section)])
  const tile = (image: ImageOf): ReactNode => (
    <Tile key={imageName(image)} image={image} picture={pictureOf(image)} />
  )
  return (
    <div className="audit">
      {error && <Problem error={error} />}
      <SectionView
        section={section}
        tile={tile}
        instead={{
          suspects: () => (
            <ul className="suspects">
              {suspects.map(suspect => (
                <Suspect
                  key={imageName(suspect)}
                  suspect={suspect}
                  page={page}
                  picture={pictureOf(suspect)}
                  marked={corrections[suspect.split][suspect.index]}
                  onMark={async label =>
                    onCorrections(
                      await send(
                        'PUT',
                        `/data/${encodeURIComponent(page.name)}/${suspect.split}/labels/${suspect.index}`,
                        { label },
                      ),
                    )
                  }
                />
              ))}
            </ul>
          ),
        }}
      />
    </div>
  )
}

/** Every image that a section shows. */
function imagesOf({ blocks }: Section): ImageOf[] {
  return blocks.flatMap(block =>
    block.kind === 'section'
      ? imagesOf(block)
      : block.kind === 'images'
        ? block.groups.flatMap(({ images }) => images)
        : [],
  )
}

/** Pictures of both splits; an audit names some hundreds at most. */
function usePictures(
  page: PartProps['page'],
  images: readonly ImageOf[],
): { pictureOf: (image: ImageOf) => Picture | null; error: Error | null } {
  const indices = (split: Split): number[] =>
    [...new Set(images.filter(image => image.split === split).map(({ index }) => index))].slice(0, 500)
  const shape = page.imageShape
  const train = useImages(page.name, { split: 'train', indices: indices('train'), shape })
  const test = useImages(page.name, { split: 'test', indices: indices('test'), shape })
  return {
    pictureOf: ({ split, index }) => (split === 'train' ? train : test).data?.get(index) ?? null,
    error: train.error ?? test.error,
  }
}

const open = ({ split, index }: ImageOf): void =>
  setQuery(
    {
      show: undefined,
      split: split === 'train' ? undefined : split,
      index: String(index),
      class: undefined,
    },
    { step: true },
  )

function Tile({ image, picture }: { readonly image: ImageOf; readonly picture: Picture | null }) {
  return (
    <button
      type="button"
      className="tile"
      aria-label={`${imageName(image)}: ${image.label}`}
      title={`${imageName(image)}: ${image.label}`}
      onClick={() => open(image)}
    >
      {picture ? <Pixels picture={picture} /> : <span className="pixels" />}
    </button>
  )
}

function Suspect({
  suspect,
  page,
  picture,
  marked,
  onMark,
}: {
  readonly suspect: SuspectLabel
  readonly page: PartProps['page']
  readonly picture: Picture | null
  readonly marked: string | undefined
  readonly onMark: (label: string) => Promise<void>
}) {
  const [error, setError] = useState<Error | null>(null)
  const mark = (label: string): void => void onMark(label).catch(setError)
  const { label, suggested, ofLabel, ofSuggested } = suspect
  const row = (name: string, share: number): ReactNode => (
    <>
      <span>{name}</span>
      <span className="number">{percent(share, 0)}</span>
    </>
  )
  return (
    <li data-marked={marked !== undefined}>
      <Tile image={suspect} picture={picture} />
      <div>
        <p className="quiet">{imageName(suspect)}</p>
        <p className="odds">
          {row(label, ofLabel)}
          {row(suggested, ofSuggested)}
        </p>
        <select
          aria-label={`${imageName(suspect)} should be`}
          value={marked ?? label}
          onChange={event => mark(event.target.value)}
        >
          {page.classNames.map(name => (
            <option key={name} value={name}>
              {name === label ? `${name}: right` : name}
            </option>
          ))}
        </select>
        {marked === undefined && (
          <button type="button" className="plain" onClick={() => mark(suggested)}>
            It is {suggested}
          </button>
        )}
        {error && <Problem error={error} />}
      </div>
    </li>
  )
}
