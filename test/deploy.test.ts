import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createProgram } from '../src/cli/program.ts'

// The examples of deploy/ fit the command line, keep passwords and tokens out of commands, and leave the time to stop.

const folder = fileURLToPath(new URL('../deploy/', import.meta.url))
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8')

interface Container {
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[]
}

interface Manifest {
  readonly kind: string
  readonly spec: {
    readonly selector?: { readonly matchLabels: object }
    readonly template: {
      readonly metadata: { readonly labels: object }
      readonly spec: {
        readonly restartPolicy?: string
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly Container[]
      }
    }
  }
}

interface Service {
  readonly command?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly stop_grace_period?: string
  readonly ports?: readonly string[]
  readonly build?: { readonly context: string; readonly dockerfile: string }
}

const program = createProgram()

/** What the command line does not take of some words; empty: all is well. */
async function refused([name, ...words]: readonly string[]): Promise<string> {
  const command = (await program).commands.find(one => one.name() === name)
  if (!command) return `there is no command ${name}`
  const { unknown } = command.parseOptions([...words])
  return unknown.join(' ')
}

/** An address without a password, which every user of a machine could read. */
const ADDRESS = /^postgres:\/\/[^:@/]+@[\w.-]+\/\w+(\?sslmode=(require|verify-full))?$/

test.each(files.filter(file => file.endsWith('.sh') || file.endsWith('.sbatch')))(
  '%s is a shell script',
  file => {
    const { status, stderr } = spawnSync('bash', ['-n', join(folder, file)], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  },
)

describe.each(files.filter(file => file.startsWith('kubernetes/') && file.endsWith('.yaml')))('%s', file => {
  const { kind, spec } = parse(textOf(file)) as Manifest
  const { metadata, spec: pod } = spec.template
  const [container] = pod.containers as readonly [Container]

  test('starts workers with options that exist', async () => {
    expect(container.args[0]).toBe('worker')
    expect(await refused(container.args)).toBe('')
  })

  test('takes the password from a secret, and gives a slice the time to end', () => {
    const env = new Map(container.env.map(one => [one.name, one]))
    expect(env.get('HEDDLE_STORE')!.value).toMatch(ADDRESS)
    expect(env.get('PGPASSWORD')).toMatchObject({ valueFrom: { secretKeyRef: { key: 'password' } } })
    expect(env.get('PGPASSWORD')!.value).toBeUndefined()
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30)
    for (const { name, value } of container.env)
      if (value !== undefined) expect(typeof value, name).toBe('string')
  })

  test('belongs together', () => {
    if (kind === 'Deployment') expect(spec.selector!.matchLabels).toEqual(metadata.labels)
    else expect([kind, pod.restartPolicy]).toEqual(['Job', 'OnFailure'])
  })
})

describe('compose/compose.yaml', () => {
  const { services, secrets } = parse(textOf('compose/compose.yaml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>
    readonly secrets: Readonly<Record<string, { readonly file: string }>>
  }

  test('starts commands that exist, with the password from a file', async () => {
    for (const name of ['worker', 'studio']) {
      const { command, environment } = services[name]!
      expect(await refused(command!)).toBe('')
      expect(environment.HEDDLE_STORE).toMatch(ADDRESS)
    }
    expect(services.worker!.stop_grace_period).toBe('30s')
    expect(secrets.password!.file).toBe('./password')
    expect(textOf('compose/.gitignore').split('\n')).toContain('password')
    expect(JSON.stringify(services)).not.toMatch(/"(PGPASSWORD|POSTGRES_PASSWORD)"/)
  })

  test('opens ports on this machine alone, and builds what is there', () => {
    for (const { ports = [] } of Object.values(services))
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    const { context, dockerfile } = services.worker!.build!
    expect(existsSync(join(folder, 'compose', context, dockerfile))).toBe(true)
    const copied = [...textOf('compose/Dockerfile').matchAll(/^COPY (deploy\/\S+)/gm)].map(
      ([, path]) => path!,
    )
    for (const path of copied) expect(existsSync(join(folder, '..', path)), path).toBe(true)
  })
})

describe('serve/', () => {
  /** The words after `heddle`, as each of the examples has them. */
  const dockerfile = textOf('serve/Dockerfile')
  const entrypoint: readonly string[] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)![1]!).slice(1)
  const { services, secrets } = parse(textOf('serve/compose.yaml')) as {
    readonly services: { readonly serve: Service }
    readonly secrets: Readonly<Record<string, { readonly file: string }>>
  }
  const documents = textOf('serve/kubernetes.yaml')
    .split(/^---$/m)
    .map(text => parse(text)) as unknown as readonly [
    Manifest,
    { readonly kind: string; readonly spec: { readonly selector: object } },
  ]

  test('starts a server with options that exist, and the token from a file', async () => {
    const { spec } = documents[0].spec.template
    const unit = /^ExecStart=\/usr\/local\/bin\/heddle (.*)$/m.exec(textOf('serve/heddle-serve.service'))![1]!
    for (const words of [
      [...entrypoint, ...services.serve.command!],
      [...entrypoint, ...spec.containers[0]!.args],
      unit.split(' '),
    ]) {
      expect(await refused(words)).toBe('')
      expect(words).toContain('--token-file')
      expect(words).not.toContain('--token')
    }
    expect(secrets.token!.file).toBe('./token')
    expect(textOf('serve/.gitignore').split('\n')).toContain('token')
  })

  test('has the time to answer what it has, and is reached by this machine alone or by its service', () => {
    const [deployment, service] = documents
    const { metadata, spec } = deployment.spec.template
    expect([deployment.kind, service.kind]).toEqual(['Deployment', 'Service'])
    expect(deployment.spec.selector!.matchLabels).toEqual(metadata.labels)
    expect(service.spec.selector).toEqual(metadata.labels)
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30)
    expect(services.serve.stop_grace_period).toBe('30s')
    for (const port of services.serve.ports!) expect(port).toMatch(/^127\.0\.0\.1:/)
    const { context, dockerfile } = services.serve.build!
    expect(existsSync(join(folder, 'serve', context, dockerfile))).toBe(true)
  })

  test('the unit of systemd is one, as far as it is installed here', () => {
    const unit = textOf('serve/heddle-serve.service').replace('/usr/local/bin/heddle', process.execPath)
    const place = mkdtempSync(join(tmpdir(), 'heddle-unit-'))
    try {
      writeFileSync(join(place, 'heddle-serve.service'), unit)
      const verified = spawnSync('systemd-analyze', ['verify', join(place, 'heddle-serve.service')], {
        encoding: 'utf8',
      })
      if (verified.error) expect((verified.error as NodeJS.ErrnoException).code).toBe('ENOENT')
      else expect(verified.stderr).not.toMatch(/heddle-serve/)
    } finally {
      rmSync(place, { recursive: true })
    }
  })
})

test('slurm/worker.sbatch starts a worker that ends by itself, and has the address from outside', async () => {
  const text = textOf('slurm/worker.sbatch')
  const [, words] = /^exec srun "\$\{HEDDLE:-heddle\}" (.*)$/m.exec(text)!
  expect(await refused(words!.replaceAll('"', '').split(' '))).toBe('')
  expect(words).toContain('--idle-exit')
  expect(text).not.toMatch(/postgres:\/\/\S+:\S+@/)
  expect(text).toMatch(/^#SBATCH --signal=TERM@\d+$/m)
})
