import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react'
import { count, percent, plural } from '../../../src/base/text.ts'
import type { DataAudit, ImageOf, SuspectLabel } from '../../../src/protocol/audit.ts'
import type { AuditState, Split } from '../../../src/protocol/data.ts'
import { get, send } from '../api.ts'
import { ImageWall } from '../parts/image-wall.tsx'
import { Empty, Problem } from '../parts/messages.tsx'
import { type Picture, Pixels } from '../parts/pixels.tsx'
import { setQuery } from '../router.tsx'
import type { PartProps } from '../views/data.tsx'
import { useImages } from './images.ts'

const LOOK_MS = 1000
/** Shown of each finding; the whole list is in `heddle data audit --json`. */
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
  const { findings, duplicates, outliers, labels, blank } = audit
  const suspects = 'refused' in labels ? [] : labels.suspects.slice(0, SHOWN)
  const near = duplicates.near.pairs.slice(0, SHOWN)
  const exact = duplicates.exact.slice(0, SHOWN)
  const shown = useMemo(
    () => [
      ...suspects,
      ...outliers.images,
      ...blank.slice(0, SHOWN),
      ...near.flatMap(({ first, second }) => [first, second]),
      ...exact.flat(),
    ],
    [suspects, outliers, blank, near, exact],
  )
  const { pictureOf, error } = usePictures(page, shown)
  return (
    <div className="audit">
      {error && <Problem error={error} />}
      <section>
        <h2>{findings.length === 0 ? 'Nothing odd was found' : plural(findings.length, 'finding')}</h2>
        <ul className="findings">
          {findings.map(finding => (
            <li key={finding}>{finding}</li>
          ))}
        </ul>
      </section>
      <section>
        <h2>Doubtful labels</h2>
        {'refused' in labels ? (
          <p className="quiet">{labels.refused}</p>
        ) : (
          <>
            <p className="quiet">
              {count(labels.suspects.length)} images that {labels.folds} small networks,{' '}
              {percent(labels.accuracy, 1)} right on what they were not trained on, put into another class;
              the least plausible first
              {labels.suspects.length > SHOWN ? `, ${SHOWN} of them` : ''}.
            </p>
            <ul className="suspects">
              {suspects.map(suspect => (
                <Suspect
                  key={`${suspect.split} ${suspect.index}`}
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
          </>
        )}
      </section>
      <section>
        <h2>Copies</h2>
        <p className="quiet">
          {count(duplicates.exact.length)} groups of the same bytes, {count(duplicates.mirrored.length)}{' '}
          mirrored pairs, {count(duplicates.near.pairs.length)} near-duplicates,{' '}
          {count(duplicates.near.across)} of them between train and test.
        </p>
        <ul className="pairs">
          {[
            ...exact.map(group => ({ images: group, rms: 0 })),
            ...near.map(({ first, second, rms }) => ({ images: [first, second], rms })),
          ].map(({ images, rms }) => (
            <li key={images.map(nameOf).join()}>
              <span className="pair">
                {images.map(image => (
                  <Tile key={nameOf(image)} image={image} picture={pictureOf(image)} />
                ))}
              </span>
              <span className="quiet">{rms === 0 ? 'the same' : `RMS ${rms.toFixed(1)}`}</span>
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2>Unlike all others</h2>
        <Wall page={page} images={[...blank.slice(0, SHOWN), ...outliers.images]} pictureOf={pictureOf} />
      </section>
    </div>
  )
}

type PictureOf = (image: ImageOf) => Picture | null

/** Pictures of both splits; an audit names some hundreds at most. */
function usePictures(
  page: PartProps['page'],
  images: readonly ImageOf[],
): { pictureOf: PictureOf; error: Error | null } {
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

const nameOf = ({ split, index }: ImageOf): string => `${split} ${index}`

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
      aria-label={`${nameOf(image)}: ${image.label}`}
      title={`${nameOf(image)}: ${image.label}`}
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
        <p className="quiet">{nameOf(suspect)}</p>
        <p className="odds">
          {row(label, ofLabel)}
          {row(suggested, ofSuggested)}
        </p>
        <select
          aria-label={`${nameOf(suspect)} should be`}
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

function Wall({
  page,
  images,
  pictureOf,
}: {
  readonly page: PartProps['page']
  readonly images: readonly ImageOf[]
  readonly pictureOf: PictureOf
}) {
  return (
    <ImageWall
      label="Images unlike all others"
      shape={page.imageShape}
      chosen={null}
      // A wall knows images by one number; here they come from two splits.
      images={images.map((image, i) => ({
        index: i,
        picture: pictureOf(image),
        label: `${nameOf(image)}: ${image.label}`,
        caption: image.label,
      }))}
      onChoose={i => open(images[i]!)}
    />
  )
}
