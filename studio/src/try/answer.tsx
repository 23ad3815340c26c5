import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Answer } from '../../../src/insight/explain/asked-model.ts'
import type { Engine } from '../engine/engine.ts'
import type { LoadedFacts } from '../engine/engine.worker.ts'
import { Problem } from '../parts/messages.tsx'
import { Outputs } from '../parts/outputs.tsx'
import type { Picture } from '../parts/pixels.tsx'
import { type Loaded, NOTHING } from '../parts/use-loaded.ts'

/** Where the network computes. */
export const PLACES = { browser: 'this browser', server: 'the studio’s server' } as const

/** What a network says about a picture, in words and bars. */
export function AnswerView({
  name,
  facts,
  asked: { data: answer, error },
  explain,
  empty,
  onExplain,
  children,
}: {
  /** Whose answer it is; `null`: there is one network alone. */
  readonly name: string | null
  readonly facts: LoadedFacts
  readonly asked: Loaded<Answer>
  /** The class to explain; `null`: the predicted one. */
  readonly explain: number | null
  /** Stands here until there is a picture. */
  readonly empty: ReactNode
  readonly onExplain: (index: number | null) => void
  readonly children?: ReactNode
}) {
  const { classNames } = facts
  return (
    <>
      {name !== null && <h2>{name}</h2>}
      <p className="try-verdict" role="status">
        {answer ? (
          <>
            <strong>{classNames[answer.predicted] ?? `Output ${answer.predicted}`}</strong>
            <span className="quiet">
              {answer.durationMs.toFixed(0)} ms in {PLACES[facts.place]}
            </span>
          </>
        ) : (
          <span className="quiet">{empty}</span>
        )}
      </p>
      <Problem error={error} />
      {children}
      <Outputs
        classNames={classNames}
        outputs={answer?.outputs ?? null}
        predicted={answer?.predicted ?? null}
        explained={answer?.explained ?? null}
        onExplain={k => onExplain(k === explain || k === answer?.predicted ? null : k)}
      />
    </>
  )
}

/** By which method an answer is explained. */
export function methodOf({ method }: Answer): string {
  return method.name === 'Grad-CAM'
    ? `Grad-CAM of the layer ${method.layer}${method.isUsual ? '' : ', as it is zero everywhere behind it'}`
    : 'Integrated gradients, as Grad-CAM is zero everywhere, or no layer keeps positions in the image'
}

/** Asks for what is there now; while one question is out, only the latest of the others is kept. An answer is given for the engine that it is from. */
export function useAnswer(engine: Engine, picture: Picture | null, explain: number | null): Loaded<Answer> {
  const [last, setLast] = useState<Loaded<Answer> & { readonly of: Engine | null }>({ ...NOTHING, of: null })
  const wanted = useRef<{ readonly of: Engine; readonly ask: () => Promise<Answer | null> } | null>(null)
  const isAsking = useRef(false)
  useEffect(() => {
    wanted.current = {
      of: engine,
      ask: async () => picture && (await engine.ask('answer', picture.bytes, explain)),
    }
    if (isAsking.current) return
    isAsking.current = true
    const askAll = async (): Promise<void> => {
      while (wanted.current) {
        const { of, ask } = wanted.current
        wanted.current = null
        try {
          setLast({ data: await ask(), error: null, of })
        } catch (error) {
          // A network that was put away has a successor, which is asked next.
          if (!wanted.current)
            setLast(before => ({ data: before.of === of ? before.data : null, error: error as Error, of }))
        }
      }
      isAsking.current = false
    }
    void askAll()
  }, [engine, picture, explain])
  return picture && last.of === engine ? last : NOTHING
}
