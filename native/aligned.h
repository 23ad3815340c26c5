#pragma once
// Memory that begins on a cache line. Windows has no std::aligned_alloc, and frees such memory with a function of its own.
#include <cstddef>
#include <cstdlib>
#if defined(_WIN32)
#include <malloc.h>
#endif

namespace heddle {

constexpr size_t CACHE_LINE = 64;

/// `bytes` is a multiple of CACHE_LINE. Null where there is not enough memory.
inline void* aligned_allocate(size_t bytes) {
#if defined(_WIN32)
  return _aligned_malloc(bytes, CACHE_LINE);
#else
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
