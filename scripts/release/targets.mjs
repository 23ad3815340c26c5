// The machines that a release has an engine for. The release runs the contract suite (contract.mjs) on each where it can (hosts.mjs), and
// notes where in `ran`. An engine that was not run is built and packed, but not published: its README says so.

/** The glibc of Debian 10 and RHEL 8, and the oldest that Node 20 runs on. */
export const GLIBC = '2.28'
export const MACOS = '11.0'

/**
 * Kernels of GCC are a quarter faster than those of zig's Clang (docs/decisions/0057). They call memcpy and memset alone, so they
 * go with any C library.
 */
const gcc = { x64: 'g++', arm64: 'aarch64-linux-gnu-g++' }

function linux(cpu, libc, triple) {
  const name = `linux-${cpu}-${libc === 'glibc' ? 'gnu' : 'musl'}`
  return { name, os: 'linux', cpu, libc, triple, kernels: gcc[cpu], link: ['-shared', '-pthread', '-s'] }
}

/** What Node exports is found when the engine is loaded. */
function mac(cpu, triple) {
  const link = ['-dynamiclib', '-undefined', 'dynamic_lookup', '-install_name', '@rpath/heddle.node']
  return { name: `darwin-${cpu}`, os: 'darwin', cpu, triple, link }
}

export const targets = [
  linux('x64', 'glibc', `x86_64-linux-gnu.${GLIBC}`),
  linux('x64', 'musl', 'x86_64-linux-musl'),
  linux('arm64', 'glibc', `aarch64-linux-gnu.${GLIBC}`),
  linux('arm64', 'musl', 'aarch64-linux-musl'),
  mac('arm64', `aarch64-macos.${MACOS}`),
  mac('x64', `x86_64-macos.${MACOS}`),
  {
    name: 'win32-x64',
    os: 'win32',
    cpu: 'x64',
    triple: 'x86_64-windows-gnu',
    link: ['-shared', '-s'],
  },
]

export const packageOf = ({ name }) => `@heddle/engine-${name}`
