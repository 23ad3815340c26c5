#pragma once
// Memory that begins on a cache line. Windows has no std::aligned_alloc, and frees such memory with a function of its own.
#include <cstddef>
#include <cstdlib>
#if defined(_WIN32)
#include <malloc.h>
#elif defined(__linux__)
#include <sys/mman.h>
#endif

namespace heddle {

constexpr size_t CACHE_LINE = 64;

#if defined(MADV_HUGEPAGE)
constexpr size_t HUGE_PAGE = size_t{1} << 21;

// The processor keeps few addresses of small pages at hand, and kernels jump between the matrices of a convolution.
inline void* allocate_huge(size_t bytes) {
  const size_t whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
  void* memory = std::aligned_alloc(HUGE_PAGE, whole);
  if (memory) madvise(memory, whole, MADV_HUGEPAGE);
  return memory;
}
#endif

/// `bytes` is a multiple of CACHE_LINE. Null where there is not enough memory.
inline void* aligned_allocate(size_t bytes) {
#if defined(_WIN32)
  return _aligned_malloc(bytes, CACHE_LINE);
#else
#if defined(MADV_HUGEPAGE)
  if (bytes >= 4 * HUGE_PAGE) return allocate_huge(bytes);
#endif
  return std::aligned_alloc(CACHE_LINE, bytes);
#endif
}

inline void aligned_free(void* memory) {
#if defined(_WIN32)
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}

}  // namespace heddle
