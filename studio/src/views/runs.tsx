import { Empty } from '../parts/messages.tsx'
import { Link } from '../router.tsx'
import { useRuns } from '../stream.ts'

export function RunsView() {
  const { rows } = useRuns()
  if (rows === null) return <p className="quiet">Reading the store …</p>
  if (rows.length === 0) {
    return (
      <Empty title="No runs yet">
        <p>
          Start one with <Link href="/new">New run</Link>, or on the command line:
        </p>
        <pre>heddle run experiments/basic-vs-standard.ts</pre>
      </Empty>
    )
  }
  return (
    <table>
      <tbody>
        {rows.map(({ id, experiment, model, status }) => (
          <tr key={id}>
            <td>
              <Link href={`/runs/${id}`}>{id}</Link>
            </td>
            <td>{experiment}</td>
            <td>{model}</td>
            <td>{status}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
