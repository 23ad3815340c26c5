import { type DragEvent, useEffect, useMemo, useRef, useState } from 'react'
import { count, plural } from '../../../src/base/text.ts'
import type { PictureSetPage } from '../../../src/protocol/pictures.ts'
import { Problem } from '../parts/messages.tsx'
import { Link } from '../router.tsx'
import { ClassCard } from './class-card.tsx'
import { classesOf, droppedFiles, type FoundFile, isLikePicture } from './dropped.ts'
import { Findings } from './findings.tsx'
import { LargePicture } from './large-picture.tsx'
import { NewClass } from './new-class.tsx'
import { type FilesTaken, PictureFiles } from './picture-files.tsx'
import { Progress } from './progress.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { useFolder } from './use-folder.ts'
import { TILES, usePicking } from './use-picking.ts'
import { useUploads } from './use-uploads.ts'

/** One folder of pictures: classes on the left; what was found, training and trying on the right. */
export function Folder({ name }: { readonly name: string; readonly query: URLSearchParams }) {
  const { page, error, reload, change, refused } = useFolder(name)
  const uploads = useUploads(name, reload)
  const [problem, setProblem] = useState<Error | null>(null)
  const [large, setLarge] = useState<string | null>(null)
  const classes = page?.classes ?? []
  const order = useMemo(() => classes.flatMap(({ pictures }) => pictures.map(({ id }) => id)), [classes])
  const picking = usePicking(order, {
    classNames: classes.map(one => one.name),
    onMove: (pictures, to) => change('move', { pictures, to }),
    onRemove: pictures => change('remove', { pictures }),
    onOpen: setLarge,
  })
  const take: FilesTaken = (found, into) => {
    setProblem(null)
    const pictures = found.filter(({ file }) => isLikePicture(file))
    const others = found.filter(({ file }) => !isLikePicture(file))
    const own = classesOf(pictures.map(({ folders }) => folders))
    const to = (i: number): string => into ?? own[i] ?? freeClass(page!)
    const left =
      others.length > 0
        ? [`${plural(others.length, 'file')} left out, as ${others[0]!.file.name} is no picture.`]
        : []
    uploads.add(
      pictures.map(({ file }, i) => ({ class: to(i), name: file.name, file })),
      left,
    )
  }
  const taking = (files: Promise<FoundFile[]>, into: string | null): void =>
    void files.then(found => take(found, into)).catch(setProblem)
  const canUndo = page?.undo !== null && page !== null
  useUndoKey(() => canUndo && change('undo'))
  const drop = useFileDrop((data, into) => taking(droppedFiles(data), into), picking.dropOn)
  usePaste(files => take(files, null))

  if (error) return <Problem error={error} onRetry={reload} />
  if (!page) return <p className="quiet">Looking at the pictures …</p>
  return (
    <div className="stack pictures" data-dropping={drop.over === ''} {...drop.on(null)}>
      <header className="heading">
        <h1>
          <Link href="/pictures">Pictures</Link> / {page.name}
        </h1>
        <p className="quiet">
          {plural(classes.length, 'class', 'classes')}, {plural(order.length, 'picture')}, in{' '}
          <code>{page.folder}</code>
        </p>
        <button type="button" disabled={!canUndo} onClick={() => change('undo')}>
          Undo{page.undo === null ? '' : `: ${page.undo}`}
        </button>
      </header>
      <Problem error={problem} />
      <Problem error={refused} />
      <Progress state={uploads.state} onStop={uploads.stop} onClear={uploads.clear} />
      <div className="columns picture-columns">
        <section
          className="stack classes"
          aria-label="Classes"
          ref={picking.root}
          onKeyDown={picking.onKeyDown}
        >
          {classes.map((one, i) => (
            <ClassCard
              key={one.name}
              folder={page.name}
              of={one}
              number={i + 1}
              picking={picking}
              isOver={drop.over === one.name}
              drop={drop.on(one.name)}
              onFiles={found => take(found, one.name)}
              onRename={to => change('rename', { name: one.name, to })}
              onRemove={() => change('remove-class', { name: one.name })}
            />
          ))}
          <NewClass isFirst={classes.length === 0} onAdd={given => change('classes', { name: given })}>
            <PictureFiles
              label="a folder with a folder for each class"
              folder
              onFiles={found => take(found, null)}
            >
              Open a folder …
            </PictureFiles>
          </NewClass>
          {page.leftOut.length > 0 && (
            <p className="quiet">
              Left out, as they are no pictures or lie outside the classes:{' '}
              {page.leftOut.slice(0, 3).join(', ')}
              {page.leftOut.length > 3 ? ` and others (${count(page.leftOut.length)})` : ''}.
            </p>
          )}
        </section>
        <aside className="stack">
          <Findings
            page={page}
            isBusy={uploads.state.done < uploads.state.total}
            onSelect={picking.selectAll}
          />
        </aside>
      </div>
      <SelectionBar picking={picking} classNames={classes.map(one => one.name)} />
      {large !== null && <LargePicture page={page} order={order} id={large} onOpen={setLarge} />}
    </div>
  )
}

/** The first of `class 1`, `class 2` … that is not there: for pictures that came without a folder. */
function freeClass({ classes }: PictureSetPage): string {
  const names = new Set(classes.map(({ name }) => name))
  let i = 1
  while (names.has(`class ${i}`)) i++
  return `class ${i}`
}

/** Ctrl+Z on the page, unless a text is edited. */
function useUndoKey(undo: () => void): void {
  const latest = useRef(undo)
  latest.current = undo
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return
      event.preventDefault()
      latest.current()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

/** Pictures that are pasted into the page. */
function usePaste(take: (files: FoundFile[]) => void): void {
  const latest = useRef(take)
  latest.current = take
  useEffect(() => {
    const onPaste = ({ clipboardData }: ClipboardEvent): void => {
      const files = [...(clipboardData?.files ?? [])].map(file => ({ folders: [], file }))
      if (files.length > 0) latest.current(files)
    }
    document.addEventListener('paste', onPaste)
    return () => document.removeEventListener('paste', onPaste)
  }, [])
}

/** Dropping files, or tiles of the page, on a class or beside all (`null`). `over`: what they are above; `''` is beside all. */
function useFileDrop(
  take: (data: DataTransfer, into: string | null) => void,
  dropTiles: (into: string) => void,
) {
  const [over, setOver] = useState<string | null>(null)
  const isTiles = (event: DragEvent): boolean => event.dataTransfer.types.includes(TILES)
  const on = (into: string | null) => ({
    onDragOver: (event: DragEvent): void => {
      const isTaken = into !== null || !isTiles(event)
      if (isTaken) event.preventDefault()
      event.stopPropagation()
      setOver(isTaken ? (into ?? '') : null)
    },
    onDragLeave: (event: DragEvent): void => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(null)
    },
    onDrop: (event: DragEvent): void => {
      event.preventDefault()
      event.stopPropagation()
      setOver(null)
      if (!isTiles(event)) take(event.dataTransfer, into)
      else if (into !== null) dropTiles(into)
    },
  })
  return { over, on }
}
