// The machines that a release has an engine for. `tried`: how the engine of a target was run through the contract suite; an engine
// that was never run is not published (release.mjs), and its README says so.

/** glibc of Debian 10, RHEL 8 and Ubuntu 20.04, and the oldest that Node 20 runs on. */
export const GLIBC = '2.28'

const linux = ['-shared', '-pthread', '-s']
// What Node exports is found when the engine is loaded.
const mac = ['-dynamiclib', '-undefined', 'dynamic_lookup']

export const targets = [
  {
    name: 'linux-x64-gnu',
    os: 'linux',
    cpu: 'x64',
    libc: 'glibc',
    triple: `x86_64-linux-gnu.${GLIBC}`,
    link: linux,
  },
  { name: 'linux-x64-musl', os: 'linux', cpu: 'x64', libc: 'musl', triple: 'x86_64-linux-musl', link: linux },
  {
    name: 'linux-arm64-gnu',
    os: 'linux',
    cpu: 'arm64',
    libc: 'glibc',
    triple: `aarch64-linux-gnu.${GLIBC}`,
    link: linux,
  },
  {
    name: 'linux-arm64-musl',
    os: 'linux',
    cpu: 'arm64',
    libc: 'musl',
    triple: 'aarch64-linux-musl',
    link: linux,
  },
  { name: 'darwin-arm64', os: 'darwin', cpu: 'arm64', triple: 'aarch64-macos.11.0', link: mac },
  { name: 'darwin-x64', os: 'darwin', cpu: 'x64', triple: 'x86_64-macos.11.0', link: mac },
  { name: 'win32-x64', os: 'win32', cpu: 'x64', triple: 'x86_64-windows-gnu', link: ['-shared', '-s'] },
]

export const packageOf = ({ name }) => `@heddle/engine-${name}`
