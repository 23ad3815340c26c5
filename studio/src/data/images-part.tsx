import { useMemo } from 'react'
import { count } from '../../../src/base/text.ts'
import { Choice, indexField, onIndex } from '../parts/controls.tsx'
import { ImageWall } from '../parts/image-wall.tsx'
import { Empty, Problem } from '../parts/messages.tsx'
import { setQuery } from '../router.tsx'
import { ClassList } from './class-list.tsx'
import { ImageDetail } from './image-detail.tsx'
import { useImageTags } from './image-tags.tsx'
import { useImages, useLabels } from './images.ts'
import type { PartProps } from './part.ts'
import { SplitChoice } from './split-choice.tsx'

const PER_PAGE = 200

/** The images of a split, class by class, and any of them by its index. */
export function Images({ page, split, query, corrections, onCorrections }: PartProps) {
  const { name, classNames, imageShape } = page
  const labels = useLabels(name, split)
  const wantedClass = classNames.indexOf(query.get('class') ?? '')
  const chosenClass = wantedClass < 0 ? null : wantedClass
  const { tags, error: tagError } = useImageTags(name)
  const tag = query.get('tag')
  // The tag of the address may have no images left.
  const tagNames = [...new Set([...Object.keys(tags), ...(tag === null ? [] : [tag])])]
  const indexText = query.get('index')
  const index = indexText === null ? null : Number(indexText)
  const total = page.counts[split]
  const members = useMemo(() => {
    if (!labels.data) return null
    const tagged = tag === null ? null : (tags[tag]?.[split] ?? [])
    const all = tagged ?? Array.from(labels.data.keys())
    return chosenClass === null ? all : all.filter(i => labels.data![i] === chosenClass)
  }, [labels.data, chosenClass, tag, tags, split])
  const counts = useMemo(() => {
    if (!labels.data) return null
    const found = Array<number>(classNames.length).fill(0)
    for (const label of labels.data) found[label]!++
    return found
  }, [labels.data, classNames.length])
  const pages = Math.max(1, Math.ceil((members?.length ?? 0) / PER_PAGE))
  const at = Math.min(pages, Math.max(1, Math.floor(Number(query.get('page') ?? 1)) || 1))
  const shown = useMemo(() => members?.slice((at - 1) * PER_PAGE, at * PER_PAGE) ?? [], [members, at])
  const images = useImages(name, { split, indices: shown, shape: imageShape })
  const isThere = index !== null && Number.isInteger(index) && index >= 0 && index < total
  const nameOf = (i: number): string => classNames[labels.data![i]!]!
  const open = (i: number): void => setQuery({ index: String(i) }, { step: true })
  if (labels.error) return <Problem error={labels.error} />
  return (
    <div className="columns data-images" data-open={index !== null}>
      <aside className="card">
        <div className="strip">
          <SplitChoice split={split} />
          <form
            onSubmit={onIndex(wanted => {
              const pageOf = String(Math.floor(wanted / PER_PAGE) + 1)
              setQuery({ index: String(wanted), class: undefined, tag: undefined, page: pageOf })
            })}
          >
            <input
              {...indexField}
              placeholder={`Index, 0 to ${count(total - 1)}`}
              aria-label="Find by index"
              size={16}
            />
          </form>
        </div>
        <Problem error={tagError} />
        {tagNames.length > 0 && (
          <label>
            Tag{' '}
            <Choice
              of={
                Object.fromEntries([['', 'any'], ...tagNames.map(one => [one, one])]) as Record<
                  string,
                  string
                >
              }
              value={tag ?? ''}
              onChange={one => setQuery({ tag: one || undefined, page: undefined }, { step: true })}
            />
          </label>
        )}
        <ClassList
          classNames={classNames}
          counts={counts}
          chosen={chosenClass}
          onChoose={k =>
            setQuery(
              { class: k === null ? undefined : classNames[k], page: undefined, index: undefined },
              { step: true },
            )
          }
        />
      </aside>
      <section className="card" aria-label="Images">
        <Problem error={images.error} />
        {members?.length === 0 && <Empty title={`There is no such image in the ${split} split`} />}
        <ImageWall
          label={`${split} images`}
          shape={imageShape}
          chosen={index}
          images={shown.map(i => ({
            index: i,
            picture: images.data?.get(i) ?? null,
            label: `${split} ${i}: ${nameOf(i)}`,
            marked: corrections[split][i] !== undefined,
          }))}
          onChoose={open}
        />
        <Pager at={at} pages={pages} first={shown[0]} last={shown.at(-1)} total={members?.length ?? 0} />
      </section>
      {index !== null && (
        <ImageDetail
          page={page}
          split={split}
          index={index}
          isThere={isThere}
          label={isThere && labels.data ? nameOf(index) : ''}
          neighbours={neighboursOf(members ?? [], index)}
          corrections={corrections}
          onCorrections={onCorrections}
        />
      )}
    </div>
  )
}

/** The ones before and after an image among those that are shown. */
function neighboursOf(
  members: readonly number[],
  index: number,
): readonly [number | undefined, number | undefined] {
  const at = members.indexOf(index)
  return at < 0 ? [undefined, undefined] : [members[at - 1], members[at + 1]]
}

function Pager({
  at,
  pages,
  first,
  last,
  total,
}: {
  readonly at: number
  readonly pages: number
  readonly first: number | undefined
  readonly last: number | undefined
  readonly total: number
}) {
  if (first === undefined) return null
  const turn = (to: number): void => setQuery({ page: to === 1 ? undefined : String(to) }, { step: true })
  return (
    <div className="strip">
      <button type="button" disabled={at === 1} onClick={() => turn(at - 1)}>
        Back
      </button>
      <span className="quiet" aria-live="polite">
        {count(first)} to {count(last!)}, page {at} of {pages} ({count(total)} images)
      </span>
      <button type="button" disabled={at === pages} onClick={() => turn(at + 1)}>
        Next
      </button>
    </div>
  )
}
