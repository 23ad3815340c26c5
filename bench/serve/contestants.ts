import { fileURLToPath } from 'node:url'

/** A server that the load is put on. */
export interface Contestant {
  readonly name: string
  /** Prints its version. */
  readonly version: readonly string[]
  readonly command: (port: number) => readonly string[]
}

const peers = fileURLToPath(new URL('peers', import.meta.url))
const cli = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))

/** `bin`: the folder with the programs of the peers' Python. */
export function contestants(bin: string, model: string): readonly Contestant[] {
  const python = `${bin}/python`
  const versionOf = (name: string) => [
    python,
    '-c',
    `from importlib.metadata import version; print(version("${name}"))`,
  ]
  return [
    {
      name: 'heddle',
      version: [process.execPath, cli, '--version'],
      command: port => [
        process.execPath,
        cli,
        'serve',
        `standard=${model}`,
        '--port',
        `${port}`,
        '--log-level',
        'error',
      ],
    },
    {
      name: 'fastapi',
      version: versionOf('fastapi'),
      command: port => [
        ...[`${bin}/uvicorn`, 'fastapi_peer:app', '--app-dir', peers, '--port', `${port}`],
        ...['--workers', '2', '--log-level', 'warning', '--no-access-log'],
      ],
    },
    {
      name: 'bentoml',
      version: versionOf('bentoml'),
      command: port => [
        `${bin}/bentoml`,
        'serve',
        'bentoml_peer:Service',
        '--working-dir',
        peers,
        '--port',
        `${port}`,
      ],
    },
    {
      name: 'litserve',
      version: versionOf('litserve'),
      command: port => [python, `${peers}/litserve_peer.py`, `${port}`],
    },
  ]
}
