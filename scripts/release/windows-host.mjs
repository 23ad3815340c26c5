// On Windows an addon is linked to the program that loads it by name: node.exe. Electron and Bun have other names. So every function of
// Node-API is a jump here, to what the running program exports under its name: no node.lib, and one file for all of them.
import { createRequire } from 'node:module'

const { symbols } = createRequire(import.meta.url)('node-api-headers')

/** The C++ source of these jumps. */
export function windowsHost() {
  const names = Object.values(symbols.v9).flat()
  const jump = name => `
void *heddle_${name};
__attribute__((naked)) void ${name}() { __asm__("jmpq *heddle_${name}(%rip)"); }`
  return `#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

static void missing() {
  fputs("heddle: this program has not all of Node-API 9; the native engine needs Node 20.19 or newer.\\n", stderr);
  abort();
}

extern "C" {${names.map(jump).join('')}
}

static void *find(const char *name) {
  // Programs that keep Node in a library of its own.
  HMODULE places[] = {GetModuleHandleW(nullptr), GetModuleHandleW(L"node.dll"), GetModuleHandleW(L"libnode.dll")};
  for (HMODULE place : places) {
    if (void *found = place ? reinterpret_cast<void *>(GetProcAddress(place, name)) : nullptr) return found;
  }
  return reinterpret_cast<void *>(missing);
}

__attribute__((constructor)) static void bind() {
${names.map(name => `  heddle_${name} = find("${name}");`).join('\n')}
}
`
}
