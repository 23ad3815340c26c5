import { type ReactNode, useEffect, useState } from 'react'
import type { Answer } from '../../../src/insight/explain/asked-model.ts'
import type { Engine } from '../engine/engine.ts'
import type { LoadedFacts } from '../engine/engine.worker.ts'
import { Problem } from '../parts/messages.tsx'
import { Outputs } from '../parts/outputs.tsx'
import type { Picture } from '../parts/pixels.tsx'
import { type Loaded, NOTHING } from '../parts/use-loaded.ts'
import { Latest, type LatestAnswer } from './latest.ts'

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

/** Asks for what is there now. An answer is shown for the network that it is from, and for no other one. */
export function useAnswer(engine: Engine, picture: Picture | null, explain: number | null): Loaded<Answer> {
  const [last, setLast] = useState<LatestAnswer<Engine, Answer>>({ ...NOTHING, from: null })
  const [latest] = useState(() => new Latest<Engine, Answer>(setLast))
  useEffect(() => {
    const ask = async () => picture && (await engine.ask('answer', picture.bytes, explain))
    void latest.ask({ from: engine, ask })
  }, [latest, engine, picture, explain])
  return picture && last.from === engine ? last : NOTHING
}
