#pragma once
// Which instruction sets this processor has, and the system keeps when it switches threads. Asked of the processor itself: the compilers'
// __builtin_cpu_supports needs a part of their run-time library that zig leaves out.
#if defined(__x86_64__)
#include <cpuid.h>

namespace heddle {

struct Processor {
  bool avx2 = false;
  bool avx512 = false;
};

/// Intel's manual, volume 1, sections 14.3 and 15.2: the bits of CPUID, and of XCR0 for the registers that the system keeps.
inline Processor this_processor() {
  const auto has = [](unsigned word, int bit) { return ((word >> bit) & 1) != 0; };
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return {};
  const bool fma = has(ecx, 12), xgetbv = has(ecx, 27), avx = has(ecx, 28);
  if (!fma || !xgetbv || !avx || !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return {};
  unsigned kept = 0, upper = 0;
  __asm__("xgetbv" : "=a"(kept), "=d"(upper) : "c"(0));
  constexpr unsigned YMM = 0x06, ZMM = 0xe6;
  const bool avx2 = (kept & YMM) == YMM && has(ebx, 5);
  const bool f = has(ebx, 16), dq = has(ebx, 17), bw = has(ebx, 30), vl = has(ebx, 31);
  return {avx2, avx2 && (kept & ZMM) == ZMM && f && dq && bw && vl};
}

}  // namespace heddle
#endif
