/** The machine that a prebuilt engine is for. */
export interface Machine {
  readonly platform: string
  readonly arch: string
  /** On Linux the C library; `null` elsewhere. */
  readonly libc: 'gnu' | 'musl' | null
}

/** The packages with a prebuilt engine that this process could load: on Linux one for each C library. */
export function enginePackages({
  platform,
  arch,
}: Pick<Machine, 'platform' | 'arch'> = process): readonly string[] {
  const name = `@heddle/engine-${platform}-${arch}`
  return platform === 'linux' ? [`${name}-gnu`, `${name}-musl`] : [name]
}

/**
 * What to do where none of these packages is installed. `published` are the optional packages of this Heddle with their
 * versions; a checkout has no engine among them.
 */
export function missingEngine(
  { platform, arch, libc }: Machine,
  published: Readonly<Record<string, string>>,
): string {
  const name = `@heddle/engine-${platform}-${arch}${libc ? `-${libc}` : ''}`
  const version = published[name]
  if (version) {
    return (
      `the package ${name} is missing. Install it with "npm install ${name}@${version}". ` +
      'Package managers leave it out with --omit=optional, and where the lock file was made on another system.'
    )
  }
  const others = Object.keys(published)
    .filter(each => each.startsWith('@heddle/engine-'))
    .map(each => each.replace('@heddle/engine-', ''))
  if (others.length === 0) return 'it is not built. Build it with "npx heddle build-engine".'
  return (
    `there is no prebuilt engine for ${name.replace('@heddle/engine-', '')}, only for ${others.join(', ')}. ` +
    'Build it with "npx heddle build-engine" (it needs a C++17 compiler).'
  )
}

/** This machine. Looking for the C library takes some milliseconds: only messages need it. */
export function thisMachine(): Machine {
  const { platform, arch } = process
  if (platform !== 'linux') return { platform, arch, libc: null }
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  return { platform, arch, libc: report?.header && !report.header.glibcVersionRuntime ? 'musl' : 'gnu' }
}
