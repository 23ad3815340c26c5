import { useMemo, useState } from 'react'
import { count, plural } from '../../../src/base/text.ts'
import type { PictureSetPage } from '../../../src/protocol/pictures.ts'
import { Problem } from '../parts/messages.tsx'
import { Link } from '../router.tsx'
import { ClassCard } from './class-card.tsx'
import { classesOf, droppedFiles, type FoundFile, isLikePicture } from './dropped.ts'
import { Findings } from './findings.tsx'
import { LargePicture } from './large-picture.tsx'
import { NetworkColumn } from './network-column.tsx'
import { NewClass } from './new-class.tsx'
import { useFileDrop, usePaste, useUndoKey } from './page-input.ts'
import { type FilesTaken, PictureFiles } from './picture-files.tsx'
import { Progress } from './progress.tsx'
import { Recorder } from './recorder.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { useFolder } from './use-folder.ts'
import { usePicking } from './use-picking.ts'
import { useUploads } from './use-uploads.ts'

/** One folder of pictures: classes on the left; what was found, training and trying on the right. */
export function Folder({ name, query }: { readonly name: string; readonly query: URLSearchParams }) {
  const { page, error, reload, change, refused } = useFolder(name)
  const uploads = useUploads(name, reload)
  const isBusy = uploads.state.done < uploads.state.total
  const [problem, setProblem] = useState<Error | null>(null)
  const [large, setLarge] = useState<string | null>(null)
  const [camera, setCamera] = useState<string | null>(null)
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
        ? [`${plural(others.length, 'file')} left out, as ${others[0]!.file.name} is not a picture.`]
        : []
    uploads.add(
      pictures.map(({ file }, i) => ({ class: to(i), name: file.name, file })),
      { refused: left },
    )
  }
  const taking = (files: Promise<FoundFile[]>, into: string | null): void =>
    void files.then(found => take(found, into)).catch(setProblem)
  const undo = page?.undo ?? null
  const canUndo = undo !== null
  useUndoKey(() => canUndo && change('undo'))
  const drop = useFileDrop((data, into) => taking(droppedFiles(data), into), picking.move)
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
          Undo{canUndo && `: ${undo}`}
        </button>
        <a className="to-network" href="#network">
          To training
        </a>
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
              isBusy={isBusy}
              drop={drop.on(one.name)}
              onFiles={found => take(found, one.name)}
              onRename={to => change('rename', { name: one.name, to })}
              onRemove={() => change('remove-class', { name: one.name })}
              onCamera={() => setCamera(one.name)}
              camera={
                camera === one.name && (
                  <Recorder
                    className={one.name}
                    onClose={() => setCamera(null)}
                    onRecorded={({ name: file, file: bytes, recording }) =>
                      uploads.add([{ class: one.name, name: file, file: bytes }], { of: recording })
                    }
                  />
                )
              }
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
              Left out, as they are not pictures or lie outside the classes:{' '}
              {page.leftOut.slice(0, 3).join(', ')}
              {page.leftOut.length > 3 ? ` and others (${count(page.leftOut.length)})` : ''}.
            </p>
          )}
        </section>
        <aside className="stack" id="network">
          <Findings page={page} isBusy={isBusy} onSelect={picking.selectAll} />
          <NetworkColumn page={page} order={order} wanted={query.get('run')} onSelect={picking.selectAll} />
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
