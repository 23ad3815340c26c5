import { megabytes, plural } from '../../../src/base/text.ts'
import type { Published } from '../../../src/protocol/publication.ts'
import { Icon } from '../design/icons.tsx'

/** What was made, to be downloaded, and what a course would still ask for. */
export function Made({
  published: { files, bytes, rubric },
  archive,
}: {
  readonly published: Published
  /** The address of the archive. */
  readonly archive: string
}) {
  const name = rubric === null ? 'figures.zip' : 'report.zip'
  const missing = rubric?.filter(({ isMet }) => !isMet) ?? []
  return (
    <section className="stack tight" aria-label="What was made">
      <p className="strip">
        <a className="button main" href={archive} download={name}>
          <Icon name="download" /> Download {name}
        </a>
        <span className="quiet" role="status">
          {plural(files.length, 'file')}, {megabytes(bytes)}
        </span>
      </p>
      {rubric !== null && (
        <details open={missing.length > 0}>
          <summary>
            What a course asks for: {rubric.length - missing.length} of {rubric.length} are there
          </summary>
          <ul className="publish-rubric">
            {(missing.length > 0 ? missing : rubric).map(({ requirement, found, isMet }) => (
              <li key={requirement}>
                <span className={isMet ? 'status finished' : 'status failed'}>{isMet ? 'yes' : 'no'}</span>{' '}
                {requirement} <span className="quiet">({found})</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}
