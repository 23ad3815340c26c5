import { type ReactNode, useEffect, useMemo } from 'react'
import { percent } from '../../../src/base/text.ts'
import type { DataAudit, ImageOf, SuspectLabel } from '../../../src/protocol/audit.ts'
import type { Split } from '../../../src/protocol/data.ts'
import type { Section } from '../../../src/protocol/section.ts'
import type { TaskState } from '../../../src/protocol/tasks.ts'
import { auditSection, imageName } from '../../../src/show/audit-section.ts'
import { send } from '../api.ts'
import { Empty, Problem } from '../parts/messages.tsx'
import type { Picture } from '../parts/pixels.tsx'
import { SectionView } from '../parts/section-view.tsx'
import { useGet } from '../parts/use-get.ts'
import { useSent } from '../parts/use-sent.ts'
import { correct, useImages } from './images.ts'
import type { PartProps } from './part.ts'
import { Tile } from './tile.tsx'

const LOOK_MS = 1000
/** How many suspects can be marked here; `heddle data audit --json` has all. */
const SHOWN = 60

/** What is odd about a dataset, and a way to say which label is wrong. */
export function Audit(props: PartProps) {
  const path = `/data/${encodeURIComponent(props.page.name)}/audit`
  const { data: state, error, reload } = useGet<TaskState<DataAudit>>(path)
  const start = useSent()
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer asks for the next one.
  useEffect(() => {
    if (state?.state !== 'running') return
    const timer = setTimeout(reload, LOOK_MS)
    return () => clearTimeout(timer)
  }, [state])
  if (error) return <Problem error={error} onRetry={reload} />
  if (!state) return <p className="quiet">Looking for an audit …</p>
  if (state.state === 'done') return <Found {...props} audit={state.value} />
  if (state.state === 'running') {
    return (
      <Empty title="The data is being audited">
        <p role="status">{state.said || 'Starting …'}</p>
        <p className="quiet">
          This takes seconds for thousands of images, and minutes for Fashion-MNIST. You can leave this page.
        </p>
      </Empty>
    )
  }
  return (
    <Empty title="This data has not been audited">
      {state.state === 'failed' && <Problem error={new Error(state.said)} />}
      <Problem error={start.error} />
      <p>
        An audit finds copies between training and test images, outliers, and labels that networks trained on
        other images contradict.
      </p>
      <p>
        <button type="button" className="main" onClick={() => start.sent(send('POST', path).then(reload))}>
          Audit {props.page.name}
        </button>
      </p>
    </Empty>
  )
}

function Found({ page, audit, corrections, onCorrections }: PartProps & { readonly audit: DataAudit }) {
  const section = useMemo(() => auditSection(audit), [audit])
  const suspects = 'refused' in audit.labels ? [] : audit.labels.suspects.slice(0, SHOWN)
  const { pictureOf, error } = usePictures(page, [...suspects, ...imagesOf(section)])
  const tile = (image: ImageOf): ReactNode => (
    <Tile key={imageName(image)} image={image} picture={pictureOf(image)} said={image.label} />
  )
  return (
    <div className="stack audit">
      <Problem error={error} />
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
                  onMark={label => correct(page.name, suspect, { label }).then(onCorrections)}
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
  const { error, sent } = useSent()
  const mark = (label: string): void => sent(onMark(label))
  const { label, suggested, ofLabel, ofSuggested } = suspect
  const row = (name: string, share: number): ReactNode => (
    <>
      <span>{name}</span>
      <span className="number">{percent(share, 0)}</span>
    </>
  )
  return (
    <li data-marked={marked !== undefined}>
      <Tile image={suspect} picture={picture} said={label} />
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
        <Problem error={error} />
      </div>
    </li>
  )
}
